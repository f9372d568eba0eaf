import type { PageMessage } from '../extension/contract/panel.ts';
import { copyText } from './report/copyText.ts';

/** The editor's side of the page. */
interface HostLink<Message = PageMessage> {
  post(message: Message): void;
  /** The value that `keep` was last given in an earlier life of this page; anything, or nothing. */
  kept(): unknown;
  keep(value: unknown): void;
}

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
};

export function editorLink<Message = PageMessage>(): HostLink<Message> {
  const api = acquireVsCodeApi();
  return {
    post: (message) => api.postMessage(message),
    kept: () => api.getState(),
    keep: (value) => api.setState(value),
  };
}

/** A report has no host: files are downloaded, text goes to the clipboard, the rest is not offered. */
export function reportLink(): HostLink {
  return {
    post(message) {
      if (message.type === 'copy') void copyText(message.text);
      if (message.type === 'save') {
        const address = URL.createObjectURL(new Blob([message.data as BlobPart]));
        const link = document.createElement('a');
        link.href = address;
        link.download = message.name;
        link.click();
        setTimeout(() => URL.revokeObjectURL(address), 10_000);
      }
    },
    kept: () => undefined,
    keep: () => undefined,
  };
}
