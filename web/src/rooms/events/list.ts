import { t } from '~/core/i18n.svelte';
import type { Schemas } from '~/api/client';
import { field } from '~/ui/fields.svelte';
import type { Column } from '~/ui/Grid.svelte';

/** Fields and columns of the list of events. */
export const eventFields = () => [
  field.organisation(), field.feed(), field.type(), field.taxonomy(), field.identifier(), field.severity(), field.address(), field.asn(),
  field.domain(), field.port(), field.transport(), field.country(), field.lane(), field.report(), field.finding(), field.filter(),
];

export const eventColumns = (): Column[] => [
  { key: 'time', label: t('field.time'), width: '9.5rem', sort: '-time', narrow: 'aside' },
  { key: 'address', label: t('field.address'), width: 'minmax(9rem, 1.1fr)', narrow: 'title' },
  { key: 'port', label: t('field.port'), width: '5rem' },
  { key: 'type', label: t('field.type'), width: 'minmax(8rem, 1fr)' },
  { key: 'identifier', label: t('field.identifier'), width: 'minmax(8rem, 1fr)', narrow: 'meta' },
  { key: 'organisation', label: t('field.organisation'), width: 'minmax(9rem, 1.4fr)', narrow: 'meta' },
  { key: 'feed', label: t('field.feed'), width: 'minmax(9rem, 1.2fr)' },
  { key: 'severity', label: t('field.severity'), width: '4.5rem' },
  { key: 'asn', label: t('field.asn'), width: '5.5rem' },
  { key: 'country', label: t('field.country'), width: '5rem' },
  { key: 'malware', label: t('field.malware'), width: 'minmax(7rem, 1fr)' },
  { key: 'lane', label: t('field.lane'), width: '6rem' },
  { key: 'report', label: t('field.report'), width: '5rem', end: true },
];

export const usualEventColumns = ['time', 'address', 'port', 'identifier', 'organisation', 'feed', 'severity'];

/** A field of an event as text; the source has many names for the same place. */
export function text(event: Schemas['Event'], ...names: string[]): string {
  for (const name of names) {
    const value = event.fields[name];
    if (value !== undefined && value !== null && value !== '') return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
  return '';
}
