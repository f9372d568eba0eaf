/** The parts of a panel's page; the sources are attribute-safe addresses made by the host. */
interface PanelHtmlParts {
  /** Fresh random text for every load. */
  readonly nonce: string;
  readonly scriptSource: string;
  readonly styleSource: string;
  /** Where style sheets and the icon font may come from: `webview.cspSource`. */
  readonly resourceOrigin: string;
}

/** The dashboard's HTML: nothing may load or run but our own script (by nonce), style sheet and icon font. */
export function panelHtml({ nonce, scriptSource, styleSource, resourceOrigin }: PanelHtmlParts): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    // The component set asks once, through a style element of its own, whether the browser knows :focus-visible.
    `style-src ${resourceOrigin} 'nonce-${nonce}'`,
    `font-src ${resourceOrigin}`,
    'img-src data: blob:',
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="UTF-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta property="csp-nonce" content="${nonce}">
    <meta name="viewport" content="width=device-width, initial-scale=1.0">
    <title>PEFT Lab</title>
    <link rel="stylesheet" href="${styleSource}">
  </head>
  <body>
    <div id="page"></div>
    <script nonce="${nonce}" src="${scriptSource}"></script>
  </body>
</html>
`;
}
