/** `hf://datasets/OWNER/NAME@COMMIT/PATH` */
const hubFile = /^hf:\/\/datasets\/([^/]+\/[^/@]+)(?:@[^/]+)?\/(.+)$/;

/**
 * How a data file of a record is named: `test.tsv` for a path; for a file of the hub its data set and what tells its files apart,
 * `stanfordnlp/sst2/validation`, because nearly all of them are called 0000.parquet.
 */
export function shownFile(file: string): string {
  const [, name, path] = hubFile.exec(file) ?? [];
  if (name === undefined || path === undefined) return file.split(/[\\/]/).at(-1)!;
  return `${name}/${path.replace(/^default\/(?=.*\/)/, '').replace(/\/(0000|\*)\.parquet$/, '')}`;
}
