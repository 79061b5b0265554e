/** Looks at a MISP warning list before it is put in place: its name, how many entries, and what the server would not take. */
export function faultsOf(text: string): { name: string; entries: number; faults: string[] } {
  let list: Record<string, unknown>;
  try {
    list = JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    return { name: '', entries: 0, faults: [(error as Error).message] };
  }
  if (typeof list !== 'object' || list === null || Array.isArray(list)) return { name: '', entries: 0, faults: ['{ name, version, description, type, list }'] };
  const faults: string[] = [];
  if (typeof list.name !== 'string' || !list.name.trim()) faults.push('name: "…"');
  if (!Number.isInteger(list.version)) faults.push('version: 20260101');
  const types = ['cidr', 'hostname', 'string', 'substring', 'regex'];
  if (!types.includes(list.type as string)) faults.push(`type: ${types.join(' | ')}`);
  const entries = Array.isArray(list.list) ? (list.list as unknown[]) : [];
  if (!entries.length) faults.push('list: ["…"]');
  const at = entries.findIndex((e) => typeof e !== 'string' || !e);
  if (at >= 0) faults.push(`list[${at}]: "…"`);
  return { name: String(list.name ?? ''), entries: entries.length, faults };
}
