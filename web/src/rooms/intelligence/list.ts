import { t } from '~/core/i18n.svelte';
import { field, type Field } from '~/ui/fields.svelte';
import type { Column } from '~/ui/Grid.svelte';
import { objectTypes, tlps, typeTitle } from './words';

const yes = () => [{ value: 'yes', label: t('word.yes') }, { value: 'no', label: t('word.no') }];
const yesNo = (v: string) => (v === 'yes' ? t('word.yes') : t('word.no'));
const comparisons = () => (['equal', 'network', 'under', 'prefix', 'near'] as const).map((value) => ({ value, label: t(`intel.is.${value}`) }));

export const objectFields = (): Field[] => [
  { key: 'type', label: t('field.type'), show: typeTitle, options: (typed) => objectTypes.map((value) => ({ value: value as string, label: typeTitle(value) })).filter((o) => `${o.value} ${o.label.toLowerCase()}`.includes(typed.toLowerCase())) },
  { key: 'tlp', label: t('field.tlp'), options: () => tlps.map((label) => ({ value: label.slice(4).toLowerCase(), label })), show: (v) => `TLP:${v.toUpperCase()}` },
  { key: 'label', label: t('intel.label'), example: 'phishing' },
  { key: 'value', label: t('field.value'), single: true, example: '198.51.100.0/24' },
  { key: 'is', label: t('intel.is'), single: true, options: comparisons, show: (v) => comparisons().find((o) => o.value === v)?.label ?? v },
  { key: 'live_at', label: t('intel.live'), single: true, options: () => [{ value: 'now', label: t('intel.now') }], show: (v) => (v === 'now' ? t('intel.now') : v) },
  { ...field.organisation(), label: t('intel.concerns') },
  { ...field.organisation(), key: 'originator', label: t('intel.originator'), show: (v) => (v === 'ours' ? t('intel.ours') : v === 'others' ? t('intel.others') : field.organisation().show!(v)) },
  { key: 'confidence', label: t('intel.confidenceLeast'), single: true, example: '70' },
  { key: 'revoked', label: t('intel.revoked'), single: true, options: yes, show: yesNo },
  { key: 'versions', label: t('intel.versions'), single: true, options: () => [{ value: 'all', label: t('list.all') }], show: () => t('list.all') },
  { key: 'source', label: t('intel.delivery'), example: '12' },
  { key: 'creator', label: t('intel.creator'), single: true },
  { key: 'refers_to', label: t('intel.refersTo'), single: true },
  { key: 'collection', label: t('intel.collection'), single: true },
];

export const objectColumns = (): Column[] => [
  { key: 'title', label: t('field.name'), width: 'minmax(11rem, 2.6fr)', narrow: 'title' },
  { key: 'type', label: t('field.type'), width: '7.5rem', narrow: 'meta' },
  { key: 'tlp', label: t('field.tlp'), width: '8.5rem', narrow: 'aside' },
  { key: 'labels', label: t('intel.labels'), width: 'minmax(6rem, 1fr)' },
  { key: 'originator', label: t('intel.originator'), width: 'minmax(7rem, 1fr)', narrow: 'meta' },
  { key: 'added', label: t('intel.added'), width: '6rem', sort: '-added' },
  { key: 'state', label: t('field.state'), width: '6rem' },
  { key: 'version', label: t('intel.version'), width: '7rem' },
  { key: 'until', label: t('field.until'), width: '8rem' },
  { key: 'confidence', label: t('intel.confidence'), width: '6rem', end: true },
  { key: 'source', label: t('intel.delivery'), width: '6rem' },
];

export const usualObjectColumns = ['title', 'type', 'tlp', 'labels', 'originator', 'added', 'state'];
