/** The text of a file that an outside source wrote: unpacked when it is gzip, and Windows-1252 when it is no UTF-8. */
export async function textOf(file: Blob): Promise<string> {
  const start = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const packed = start[0] === 0x1f && start[1] === 0x8b;
  const bytes = packed ? await new Response(file.stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer() : await file.arrayBuffer();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** What can be imported as what a source says. */
export const sources = ['rpsl', 'rdap', 'peeringdb', 'intelmq', 'tuency', 'cerebrate', 'security_txt'] as const;
export type Source = (typeof sources)[number];
/** Names of formats are the same in every language. */
export const sourceNames: Record<Source, string> = {
  rpsl: 'RPSL (RIPE, APNIC, AFRINIC, …)',
  rdap: 'RDAP',
  peeringdb: 'PeeringDB',
  intelmq: 'IntelMQ, Fody, n6',
  tuency: 'tuency',
  cerebrate: 'Cerebrate',
  security_txt: 'security.txt',
};
