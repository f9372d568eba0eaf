/** Copies a text, and says so on the page: a report has no editor that would. */
export async function copyText(text: string): Promise<void> {
  const isCopied = (await isWritten(text)) || isSelected(text);
  say(
    isCopied
      ? 'Copied'
      : 'Not copied: the browser must allow it, and does not for a page of this address; open the report as a file',
  );
}

/** Where the page came over https, or lies on this machine. */
async function isWritten(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** As pages did before there was a clipboard for them. */
function isSelected(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'hidden-text';
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return isCopied;
}

function say(text: string): void {
  const known = document.querySelector('.report-status');
  const status = known ?? document.body.appendChild(document.createElement('div'));
  status.className = 'report-status';
  status.setAttribute('role', 'status');
  // The same words once more are news too.
  status.textContent = '';
  requestAnimationFrame(() => {
    status.textContent = text;
  });
}
