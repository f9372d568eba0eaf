import type * as z from 'zod';

/** @returns what has the page drawn soon, once for all that changes until then */
export function drawing(render: () => void): () => void {
  let isPending = false;
  const draw = (): void => {
    isPending = false;
    render();
  };
  return () => {
    if (isPending) return;
    isPending = true;
    // A page in the background gets no frames; it must still be right when it is looked at.
    if (document.visibilityState === 'hidden') setTimeout(draw, 100);
    else requestAnimationFrame(draw);
  };
}

/** Takes what the host says, and tells it of errors on the page. */
export function hearHost<T>(
  schema: z.ZodType<T>,
  post: (message: { readonly type: 'error'; readonly message: string }) => void,
  take: (message: T) => void,
): void {
  const report = (message: string): void => post({ type: 'error', message });
  window.addEventListener('error', ({ message, filename, lineno }) => report(`${message} (${filename}:${lineno})`));
  window.addEventListener('unhandledrejection', ({ reason }) => report(String(reason)));
  window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const message = schema.safeParse(data);
    if (message.success) take(message.data);
    else report(`message from the host: ${message.error.message}`);
  });
}
