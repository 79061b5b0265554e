import { t, tOr } from '~/core/i18n.svelte';
import type { Schemas } from '~/api/client';
import { words } from '~/ui/fields.svelte';

export const kinds: readonly Schemas['OrganisationKind'][] = ['constituent', 'operator', 'sector_cirt', 'national_cirt', 'regulator', 'peer', 'feed_provider', 'other'];
export const roles: readonly Schemas['Contact']['role'][] = ['abuse', 'security', 'technical', 'duty', 'management', 'other'];
export const resourceKinds: readonly Schemas['ResourceKind'][] = ['prefix', 'asn', 'domain', 'country'];
export const kindName = (kind: string) => tOr(`kind.${kind}`, words(kind));
export const roleName = (role: string) => tOr(`role.${role}`, words(role));
export const resourceKindName = (kind: string) => tOr(`resource.${kind}`, kind);
export const standingName = (standing: string) => (standing === 'verified' ? t('resource.verified') : t('resource.claimed'));

/** What kind of resource a text is, as far as its form says: `AS64500`, `192.0.2.0/24`, `XA`, `bank.example`. */
export function kindOf(value: string): Schemas['ResourceKind'] {
  const text = value.trim();
  if (/^(as)?\d+$/i.test(text)) return 'asn';
  if (/^[\d.]+(\/\d+)?$/.test(text) || text.includes(':')) return 'prefix';
  return /^[a-z]{2}$/i.test(text) ? 'country' : 'domain';
}
