import { t } from '~/core/i18n.svelte';
import { field } from '~/ui/fields.svelte';
import type { Column } from '~/ui/Grid.svelte';

export const findingFields = () => [
  field.state(), field.organisation(), field.severity(), field.type(), field.taxonomy(), field.identifier(), field.feed(), field.said(), field.assigned(),
  field.address(), field.asn(), field.domain(), field.port(), field.transport(), field.country(),
  field.firstFrom(), field.firstTo(), field.repairedFrom(), field.repairedTo(), field.openAt(), field.told(), field.sector(),
];

export const findingColumns = (): Column[] => [
  { key: 'state', label: t('field.state'), width: '7.5rem', narrow: 'aside' },
  { key: 'severity', label: t('field.severity'), width: '4.5rem', sort: '-severity' },
  { key: 'class', label: t('field.class'), width: 'minmax(9rem, 1.2fr)', narrow: 'meta' },
  { key: 'place', label: t('field.place'), width: 'minmax(11rem, 1.2fr)', sort: 'address', narrow: 'title' },
  { key: 'organisation', label: t('field.organisation'), width: 'minmax(9rem, 1.4fr)', narrow: 'meta' },
  { key: 'first', label: t('field.firstSeen'), width: '7.5rem', sort: '-first_seen' },
  { key: 'last', label: t('field.lastSeen'), width: '7.5rem', sort: '-last_seen' },
  { key: 'times', label: t('field.times'), width: '4.5rem', sort: '-times', end: true },
  { key: 'said', label: t('field.said'), width: '8rem' },
  { key: 'notified', label: t('field.notified'), width: '6.5rem' },
  { key: 'assigned', label: t('field.assigned'), width: 'minmax(6rem, 0.8fr)' },
  { key: 'returns', label: t('field.returns'), width: '5.5rem', end: true },
  { key: 'feed', label: t('field.feed'), width: 'minmax(9rem, 1fr)' },
  { key: 'asn', label: t('field.asn'), width: '5.5rem' },
  { key: 'country', label: t('field.country'), width: '5rem' },
];

export const usualFindingColumns = ['state', 'severity', 'class', 'place', 'organisation', 'last', 'times', 'said', 'assigned'];
