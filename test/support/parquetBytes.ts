/** Thrift's compact protocol, as far as Parquet uses it: [field, type, value]. */
type Field =
  | readonly [id: number, type: 'i32' | 'i64', value: number]
  | readonly [id: number, type: 'text', value: string]
  | readonly [id: number, type: 'struct', value: readonly Field[]]
  | readonly [id: number, type: 'structs', value: readonly (readonly Field[])[]]
  | readonly [id: number, type: 'texts', value: readonly string[]]
  | readonly [id: number, type: 'bytes', value: readonly number[]];

/** LEB128, as all whole numbers of Parquet are written. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = BigInt(value); ; rest >>= 7n) {
    if (rest < 128n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 127n) | 128);
  }
}

const text = (value: string): number[] => [...varint(value.length), ...Buffer.from(value)];
const listHead = (size: number, type: number): number[] =>
  size < 15 ? [(size << 4) | type] : [0xf0 | type, ...varint(size)];

function struct(fields: readonly Field[]): number[] {
  let last = 0;
  const bytes = fields.flatMap(([id, type, value]) => {
    const head = (code: number): number => ((id - last) << 4) | code;
    const written = ((): number[] => {
      switch (type) {
        case 'i32':
          return [head(5), ...varint(2 * value)];
        case 'i64':
          return [head(6), ...varint(2 * value)];
        case 'text':
          return [head(8), ...text(value)];
        case 'struct':
          return [head(12), ...struct(value)];
        case 'structs':
          return [head(9), ...listHead(value.length, 12), ...value.flatMap(struct)];
        case 'texts':
          return [head(9), ...listHead(value.length, 8), ...value.flatMap(text)];
        case 'bytes':
          return [head(9), ...value];
      }
    })();
    last = id;
    return written;
  });
  return [...bytes, 0];
}

export interface MadeColumn {
  readonly name: string;
  /** Of the page's header, beside its sizes. */
  readonly page: readonly Field[];
  readonly content: readonly number[];
  readonly codec?: number;
}

/** A page of the first version: `values` numbers, `content` begins with the levels. */
export const plainPage = (values: number): readonly Field[] => [
  [
    5,
    'struct',
    [
      [1, 'i32', values],
      [2, 'i32', 0],
      [3, 'i32', 3],
      [4, 'i32', 3],
    ],
  ],
];

/** A Parquet file of optional INT32 columns, one page each; `footer` adds fields to what the file says of itself. */
export function parquetBytes(rows: number, columns: readonly MadeColumn[], footer: readonly Field[] = []): Buffer {
  const bytes: number[] = [...Buffer.from('PAR1')];
  const chunks = columns.map(({ name, page, content, codec = 0 }): readonly Field[] => {
    const offset = bytes.length;
    const type = page.some(([id]) => id === 8) ? 3 : 0;
    const sizes: Field[] = [
      [1, 'i32', type],
      [2, 'i32', content.length],
      [3, 'i32', content.length],
    ];
    bytes.push(...struct([...sizes, ...page]), ...content);
    const length = bytes.length - offset;
    const facts: Field[] = [
      [1, 'i32', 1],
      [2, 'bytes', [0x15, 0]],
      [3, 'texts', [name]],
      [4, 'i32', codec],
      [5, 'i64', rows],
      [6, 'i64', length],
      [7, 'i64', length],
      [9, 'i64', offset],
    ];
    return [
      [2, 'i64', offset],
      [3, 'struct', facts],
    ];
  });
  const elements = columns.map(({ name }): readonly Field[] => [
    [1, 'i32', 1],
    [3, 'i32', 1],
    [4, 'text', name],
  ]);
  const root: readonly Field[] = [
    [4, 'text', 'schema'],
    [5, 'i32', columns.length],
  ];
  const metadata = struct([
    [1, 'i32', 1],
    [2, 'structs', [root, ...elements]],
    [3, 'i64', rows],
    [
      4,
      'structs',
      [
        [
          [1, 'structs', chunks],
          [2, 'i64', bytes.length],
          [3, 'i64', rows],
        ],
      ],
    ],
    ...footer,
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(metadata.length);
  return Buffer.from([...bytes, ...metadata, ...length, ...Buffer.from('PAR1')]);
}
