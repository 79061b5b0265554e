import type { Schemas } from '~/api/client';
import { t, tOr } from '~/core/i18n.svelte';
import { words } from '~/ui/fields.svelte';
import type { IconName } from '~/ui/Icon.svelte';
import type { Look } from '~/ui/states';

export type IntelligenceObject = Schemas['IntelligenceObject'];

/** STIX types that people filter by; others are shown as they are written. */
export const objectTypes = [
  'indicator', 'malware', 'threat-actor', 'campaign', 'intrusion-set', 'attack-pattern', 'infrastructure', 'tool', 'vulnerability', 'report',
  'observed-data', 'sighting', 'relationship', 'note', 'opinion', 'identity', 'course-of-action', 'grouping', 'location', 'marking-definition',
  'domain-name', 'ipv4-addr', 'ipv6-addr', 'url', 'file', 'email-addr',
] as const;
export const typeTitle = (type: string) => tOr(`stix.${type}`, words(type));

export const tlps = ['TLP:CLEAR', 'TLP:GREEN', 'TLP:AMBER', 'TLP:AMBER+STRICT', 'TLP:RED'] as const;
export const paps = ['PAP:CLEAR', 'PAP:GREEN', 'PAP:AMBER', 'PAP:RED'] as const;

export const objectPath = (id: string) => `/intelligence/${encodeURIComponent(id)}`;
export const objectTitle = (object: Pick<IntelligenceObject, 'title' | 'id'>) => object.title || object.id;
/** Sightings, notes and opinions stand on the timeline of what they are about. */
export const isSaying = (object: IntelligenceObject) => ['sighting', 'note', 'opinion'].includes(object.type);
export const originatorName = (object: IntelligenceObject) => object.originator?.name ?? t('intel.ours');
export const kindName = (kind: string) => tOr(`kindOf.${kind}`, words(kind));
export const reasonText = (item: { reason: string; words: string }) => tOr(`gate.${item.reason}`, item.words);

export function objectLook(object: IntelligenceObject): Look | null {
  if (object.is_revoked) return { tone: 'quiet', icon: 'cross', text: t('intel.revoked') };
  if (!object.live_until) return null;
  const live = new Date(object.live_until).getTime() > Date.now();
  return live ? { tone: 'good', icon: 'check', text: t('intel.live') } : { tone: 'quiet', icon: 'clock', text: t('intel.expired') };
}

export function matchLook(state: Schemas['MatchState']): Look {
  const looks: Record<Schemas['MatchState'], Omit<Look, 'text'>> = {
    new: { tone: 'accent', icon: 'open' },
    handed_on: { tone: 'good', icon: 'send' },
    held: { tone: 'warn', icon: 'pause' },
    ruled_out: { tone: 'quiet', icon: 'cross' },
  };
  return { ...looks[state], text: tOr(`match.${state}`, state) };
}

export const icons: Record<string, IconName> = {
  indicator: 'shield', malware: 'alert', 'threat-actor': 'user', 'intrusion-set': 'users', campaign: 'users', identity: 'organisations', report: 'advise',
  vulnerability: 'alert', sighting: 'findings', relationship: 'link', note: 'edit', opinion: 'star', 'domain-name': 'globe', url: 'link', file: 'advise',
};

/** A node of the graph: an object, or a machine that met one. */
type GraphNode = Schemas['IntelligenceGraphNode'];
export const nodeTitle = (node: GraphNode) => (node.object ? objectTitle(node.object) : (node.machine ?? node.id));
export const nodePath = (node: GraphNode) => (node.object ? objectPath(node.object.id) : `/lookup?q=${encodeURIComponent(node.machine ?? '')}`);
export function tieLabel(edge: Schemas['IntelligenceGraphEdge']): string {
  if (edge.kind === 'match') return t('intel.met');
  if (edge.kind === 'shared_value') return t('intel.sameValue');
  return edge.label.replace(/_refs?$/, '').replaceAll('_', ' ');
}
