"""The error that answers a request."""


class RequestError(Exception):
    """What the trainer asked for cannot be done; the message tells the user why and what to do."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code
