import type { Modules } from '../../extension/methods/declaration/method.ts';
import type { Site, TensorSpec } from '../../extension/models/model/tensors.ts';
import { groupBy } from '../../extension/view/groupBy.ts';

/** What one entry of a union declares. */
export interface DeclaredPart {
  readonly name: string;
  readonly modules: Modules;
}

interface Place {
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

const height = 38;
/** Where the sites of a post-norm block stand; the flow goes from left to right along y = 150. */
const places: Readonly<Partial<Record<Site | 'embeddings' | 'head', Place>>> = {
  embeddings: { label: 'embeddings', x: 14, y: 150, width: 100 },
  'norm.embedding': { label: 'norm', x: 134, y: 150, width: 56 },
  'attention.query': { label: 'query', x: 240, y: 60, width: 76 },
  'attention.key': { label: 'key', x: 240, y: 150, width: 76 },
  'attention.value': { label: 'value', x: 240, y: 240, width: 76 },
  'attention.output': { label: 'output', x: 442, y: 150, width: 76 },
  'norm.attention': { label: 'norm', x: 578, y: 150, width: 56 },
  'ffn.up': { label: 'up', x: 664, y: 150, width: 60 },
  'ffn.down': { label: 'down', x: 790, y: 150, width: 76 },
  'norm.ffn': { label: 'norm', x: 922, y: 150, width: 56 },
  head: { label: 'head', x: 1024, y: 150, width: 70 },
};

const colours = {
  line: '#6b7280',
  text: '#1f2937',
  tuned: '#fcd34d',
  added: '#fb923c',
  head: '#bfdbfe',
  plain: '#ffffff',
};

const box = (x: number, y: number, width: number, lines: readonly string[], fill: string, tall = height): string => {
  const first = y + 5 - 8 * (lines.length - 1);
  const texts = lines.map((line, i) => `<text x="${x + width / 2}" y="${first + 16 * i}">${line}</text>`);
  return `<rect x="${x}" y="${y - tall / 2}" width="${width}" height="${tall}" rx="5" fill="${fill}" stroke="${colours.line}"/>${texts.join('')}`;
};
const arrow = (path: string): string => `<path d="${path}" marker-end="url(#tip)"/>`;
const caption = (x: number, y: number, text: string): string => `<text x="${x}" y="${y}" class="small">${text}</text>`;

/** γ and β of a norm, W and b of a linear layer. */
function letterOf({ site, role }: TensorSpec): string {
  if (site.startsWith('norm.')) return role === 'gain' ? 'γ' : 'β';
  return role === 'bias' ? 'b' : 'W';
}

const placeOf = ({ site }: TensorSpec): keyof typeof places =>
  site === 'pooler' ? 'head' : site.startsWith('embedding.') ? 'embeddings' : (site as keyof typeof places);

/** `lora_A · lora_B` of `….query.lora_A.weight` and `….query.lora_B.weight`. */
const shortNames = (tensors: readonly TensorSpec[]): string =>
  [
    ...new Set(
      tensors.map(
        ({ name }) =>
          name
            .replace(/\.(weight|bias)$/, '')
            .split('.')
            .at(-1)!,
      ),
    ),
  ].join(' · ');

/** The tensors of the first block, and those beside the blocks. */
const isShown = ({ layer }: TensorSpec): boolean => layer === null || layer === 0;

/** Where methods sit in a block of an encoder, read off the tensors that they declare, as an SVG picture. */
export function blockPicture(title: string, parts: readonly DeclaredPart[]): string {
  const tuned = parts.flatMap(({ modules }) => modules.unfrozen.filter(isShown));
  const lettersAt = (name: string): string => {
    const found = tuned.filter((tensor) => placeOf(tensor) === name);
    return 'Wbγβ'
      .split('')
      .filter((letter) => found.some((tensor) => letterOf(tensor) === letter))
      .join(' ');
  };
  const boxes = Object.entries(places).map(([name, { label, x, y, width }]) => {
    const letters = lettersAt(name);
    const fill = name === 'head' ? colours.head : letters === '' ? colours.plain : colours.tuned;
    return box(x, y, width, letters === '' || name === 'head' ? [label] : [label, letters], fill);
  });
  const added = parts.flatMap(({ name, modules }) =>
    groupBy(modules.added.filter(isShown), ({ site }) => site).map((tensors) => ({
      name,
      tensors,
      site: tensors[0]!.site,
    })),
  );
  const extras = added.map(({ name, site, tensors }) => {
    if (site === 'attention.keyvalue') {
      return box(226, 322, 160, [`${name}: keys, values`], colours.added, 30) + arrow('M 386 322 H 398 V 172');
    }
    const { x, y } = places[site as keyof typeof places]!;
    const names = shortNames(tensors);
    const label = names.startsWith(name) ? names : `${name}: ${names}`;
    return box(x, y + 40, 20 + 7 * label.length, [label], colours.added, 28);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1108 400" role="img" aria-label="${title}: where it sits in a block">
<style>text{font:14px sans-serif;text-anchor:middle;fill:${colours.text}}.small{font-size:13px}path{fill:none;stroke:${colours.line};stroke-width:1.5}</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 L8 4 L0 8 Z" style="fill:${colours.line};stroke:none"/></marker></defs>
<rect width="1108" height="400" rx="8" fill="#ffffff"/>
<rect x="206" y="14" width="790" height="336" rx="8" fill="#f9fafb" stroke="${colours.line}" stroke-dasharray="5 4"/>
${caption(930, 36, 'block, L times')}
${[
  arrow('M 114 150 H 132'),
  arrow('M 190 150 H 238'),
  arrow('M 218 150 V 60 H 238'),
  arrow('M 218 150 V 240 H 238'),
  arrow('M 316 60 H 378 V 128'),
  arrow('M 316 150 H 340'),
  arrow('M 316 240 H 378 V 172'),
  arrow('M 418 150 H 440'),
  arrow('M 518 150 H 534'),
  arrow('M 552 150 H 576'),
  arrow('M 634 150 H 662'),
  arrow('M 724 150 H 740'),
  arrow('M 774 150 H 788'),
  arrow('M 866 150 H 882'),
  arrow('M 900 150 H 920'),
  arrow('M 978 150 H 1022'),
  arrow('M 218 150 V 34 H 543 V 139'),
  arrow('M 648 150 V 80 H 891 V 139'),
].join('\n')}
${box(342, 150, 76, ['attention'], colours.plain)}
${box(742, 150, 32, ['act'], colours.plain)}
<circle cx="543" cy="150" r="9" fill="#ffffff" stroke="${colours.line}"/><text x="543" y="155">+</text>
<circle cx="891" cy="150" r="9" fill="#ffffff" stroke="${colours.line}"/><text x="891" y="155">+</text>
${boxes.join('\n')}
${extras.join('\n')}
<rect x="300" y="366" width="18" height="18" fill="${colours.tuned}" stroke="${colours.line}"/>${caption(370, 380, 'tuned weights')}
<rect x="470" y="366" width="18" height="18" fill="${colours.added}" stroke="${colours.line}"/>${caption(548, 380, 'added and tuned')}
<rect x="650" y="366" width="18" height="18" fill="${colours.head}" stroke="${colours.line}"/>${caption(738, 380, 'head: always tuned')}
</svg>
`;
}
