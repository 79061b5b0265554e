import { t } from '~/core/i18n.svelte';
import type { Look } from '~/ui/states';
import type { Schemas } from '~/api/client';

export const largest = 262_144;

/** To begin with: a whole definition in small, and rows of which one is no good. */
export const example = {
  name: 'acme-blocked-2026-01-31.csv',
  definition: `# Addresses that Acme's firewalls blocked yesterday
name = "Acme-Blocked"
title = "Acme, blocked addresses"

[classification]
type = "scanner"
identifier = "blocked-by-acme"

[record]
required = ["time", "address"]

[columns]
time = "time.source"
address = "source.ip"
port = "source.port"
rule = "extra.rule"
`,
  sample: `time,address,port,rule
2026-01-31 10:00:00,192.0.2.7,23,telnet
2026-01-31 10:00:05,198.51.100.20,,
2026-01-31 10:00:09,nowhere,443,https
`,
};

export interface Fault {
  line: number | null;
  text: string;
}

/** A fault of a definition names its line: `mapping:3: columns.port: expected …`. Whole texts have one a line. */
export function faultsOf(detail: string): Fault[] {
  return detail.split('\n').filter((line) => line.trim()).map((line) => {
    const parts = /^mapping:(\d+):\s*(.*)$/.exec(line);
    return parts ? { line: Number(parts[1]), text: parts[2]! } : { line: null, text: line.replace(/^mapping:\s*/, '') };
  });
}

/** Where a line begins and ends in a text; the last one for a line beyond it. */
export function lineAt(text: string, line: number): [number, number] {
  let from = 0;
  for (let n = 1; n < line; n++) {
    const next = text.indexOf('\n', from);
    if (next < 0) break;
    from = next + 1;
  }
  const end = text.indexOf('\n', from);
  return [from, end < 0 ? text.length : end];
}

const fields: readonly [RegExp, string][] = [
  [/^(timestamp|time|date|datetime|first_?seen|last_?seen|seen)$/, 'time.source'], [/^(ip|ip_?addr(ess)?|address|src_?ip|source_?ip|host_?ip)$/, 'source.ip'], [/^(dst_?ip|dest(ination)?_?ip)$/, 'destination.ip'],
  [/^(port|src_?port|source_?port)$/, 'source.port'], [/^(dst_?port|dest(ination)?_?port)$/, 'destination.port'], [/^asn?$/, 'source.asn'], [/^(hostname|fqdn|domain|host)$/, 'source.fqdn'], [/^url$/, 'source.url'],
  [/^(protocol|proto|transport)$/, 'protocol.transport'], [/^(malware|family)$/, 'malware.name'], [/^(country|cc|geo)$/, 'source.geolocation.cc'],
];

/** A definition to go on from: the columns of a sample's first line, those with a known name put where they belong. */
export function definitionFor(sample: string): string {
  const header = sample.split('\n').find((line) => line.trim() && !/^[#;]/.test(line.trim()))?.trim() ?? '';
  const delimiter = [',', ';', '\t', '|'].map((d) => [d, header.split(d).length] as const).sort((a, b) => b[1] - a[1])[0]![0];
  const columns = header.split(delimiter).map((c) => c.trim().replace(/^"(.*)"$/, '$1')).filter(Boolean);
  const used = new Set<string>();
  const lines = columns.map((column) => {
    const known = fields.find(([name]) => name.test(column.toLowerCase()))?.[1];
    const field = known && !used.has(known) ? known : `extra.${column.toLowerCase().replace(/[^a-z0-9_]+/g, '_').replace(/^_+|_+$/g, '') || 'column'}`;
    used.add(field);
    return `${/^[A-Za-z0-9_-]+$/.test(column) ? column : JSON.stringify(column)} = "${field}"`;
  });
  const record = delimiter === ',' ? '' : `[record]\ndelimiter = "${delimiter === '\t' ? 'tab' : delimiter}"\n\n`;
  return `name = "My-Feed"\n\n[classification]\ntype = "scanner"\n\n${record}[columns]\n${lines.join('\n')}\n`;
}

type Row = Schemas['FeedTried']['rows'][number];

export function rowLook(outcome: Row['outcome']): Look {
  if (outcome === 'event') return { tone: 'good', icon: 'check', text: t('trial.outcome.event') };
  if (outcome === 'rejected') return { tone: 'bad', icon: 'cross', text: t('trial.outcome.rejected') };
  return { tone: 'quiet', icon: 'mute', text: t('trial.outcome.left') };
}

export function cellLook(outcome: Row['cells'][number]['outcome']): Look {
  const looks = {
    put: { tone: 'good', icon: 'check', text: t('trial.cell.put') }, absent: { tone: 'quiet', icon: 'info', text: t('trial.cell.absent') }, 'kept aside': { tone: 'accent', icon: 'pause', text: t('trial.cell.kept') },
    refused: { tone: 'bad', icon: 'cross', text: t('trial.cell.refused') }, 'left out': { tone: 'quiet', icon: 'mute', text: t('trial.cell.left') },
  } as const;
  return looks[outcome];
}
