import type { ExportFormat } from '../../contract/exportFormat.ts';

/** `reviews-ln-tuning-s1-peft` */
export function exportName(methods: string, experiment: string, seed: number, format: ExportFormat): string {
  // New Experiment names a config after its methods already.
  const slug = (text: string): string =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
      .replaceAll(/^-|-$/g, '');
  const [what, how] = [slug(experiment), slug(methods)];
  const parts = what === how || what.endsWith(`-${how}`) ? [what] : [what, how];
  return [...parts, `s${seed}`, format].filter(Boolean).join('-').slice(-120);
}
