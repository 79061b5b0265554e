import type { Component } from 'svelte';
import type { Key } from '~/core/i18n.svelte';
import type { Schemas } from '~/api/client';

/** Each page is loaded when it is first opened. Patterns: `:name` is one segment, `*name` the rest of the path. */
export interface Route {
  pattern: string;
  title: Key;
  page: () => Promise<{ default: Component<{ params: Record<string, string> }> }>;
  role?: Schemas['Role'];
}

export const routes: readonly Route[] = [
  { pattern: '/today', title: 'nav.today', page: () => import('~/rooms/today/Today.svelte') as never },
  { pattern: '/situation', title: 'nav.situation', page: () => import('~/rooms/situation/Situation.svelte') as never },
  { pattern: '/events', title: 'nav.events', page: () => import('~/rooms/events/Events.svelte') as never },
  { pattern: '/events/:id', title: 'nav.events', page: () => import('~/rooms/events/Event.svelte') as never },
  { pattern: '/findings', title: 'nav.findings', page: () => import('~/rooms/findings/Findings.svelte') as never },
  { pattern: '/findings/:id', title: 'nav.findings', page: () => import('~/rooms/findings/Finding.svelte') as never },
  { pattern: '/notifications', title: 'nav.notifications', page: () => import('~/rooms/notifications/Notifications.svelte') as never },
  { pattern: '/rules', title: 'rules.title', page: () => import('~/rooms/notifications/Rules.svelte') as never, role: 'analyst' },
  { pattern: '/notifications/:id', title: 'nav.notifications', page: () => import('~/rooms/notifications/Notification.svelte') as never },
  { pattern: '/inbox', title: 'nav.inbox', page: () => import('~/rooms/notifications/Inbox.svelte') as never, role: 'analyst' },
  { pattern: '/feeds', title: 'nav.feeds', page: () => import('~/rooms/feeds/Feeds.svelte') as never },
  { pattern: '/feeds/try', title: 'trial.title', page: () => import('~/rooms/feeds/TryFeed.svelte') as never, role: 'analyst' },
  { pattern: '/feeds/*id', title: 'nav.feeds', page: () => import('~/rooms/feeds/Feed.svelte') as never },
  { pattern: '/reports/:id', title: 'nav.feeds', page: () => import('~/rooms/feeds/Report.svelte') as never },
  { pattern: '/sources', title: 'nav.sources', page: () => import('~/rooms/feeds/Sources.svelte') as never },
  { pattern: '/rejected', title: 'nav.rejected', page: () => import('~/rooms/feeds/Rejected.svelte') as never },
  { pattern: '/unowned', title: 'nav.unowned', page: () => import('~/rooms/events/Unowned.svelte') as never },
  { pattern: '/intelligence', title: 'nav.intelligence', page: () => import('~/rooms/intelligence/Intelligence.svelte') as never },
  { pattern: '/intelligence/add', title: 'intel.add', page: () => import('~/rooms/intelligence/Add.svelte') as never, role: 'analyst' },
  { pattern: '/intelligence/kept', title: 'nav.kept', page: () => import('~/rooms/intelligence/Kept.svelte') as never, role: 'analyst' },
  { pattern: '/intelligence/duplicates', title: 'nav.duplicates', page: () => import('~/rooms/intelligence/Duplicates.svelte') as never, role: 'analyst' },
  { pattern: '/intelligence/:id', title: 'nav.intelligence', page: () => import('~/rooms/intelligence/Object.svelte') as never },
  { pattern: '/matches', title: 'nav.matches', page: () => import('~/rooms/sharing/Matches.svelte') as never },
  { pattern: '/collections', title: 'nav.collections', page: () => import('~/rooms/sharing/Collections.svelte') as never },
  { pattern: '/peers', title: 'nav.peers', page: () => import('~/rooms/sharing/Peers.svelte') as never },
  { pattern: '/peers/:id', title: 'nav.peers', page: () => import('~/rooms/sharing/Peer.svelte') as never, role: 'analyst' },
  { pattern: '/proposals', title: 'nav.proposals', page: () => import('~/rooms/intelligence/Proposals.svelte') as never },
  { pattern: '/watches', title: 'nav.watches', page: () => import('~/rooms/intelligence/Watches.svelte') as never },
  { pattern: '/watches/:id', title: 'nav.watches', page: () => import('~/rooms/intelligence/Watch.svelte') as never },
  { pattern: '/remotes', title: 'nav.remotes', page: () => import('~/rooms/sharing/Remotes.svelte') as never },
  { pattern: '/remotes/:id', title: 'nav.remotes', page: () => import('~/rooms/sharing/Remote.svelte') as never },
  { pattern: '/sharing-groups', title: 'nav.groups', page: () => import('~/rooms/sharing/Groups.svelte') as never },
  { pattern: '/recalls', title: 'nav.recalls', page: () => import('~/rooms/sharing/Recalls.svelte') as never, role: 'analyst' },
  { pattern: '/recalls/:id', title: 'nav.recalls', page: () => import('~/rooms/sharing/Recall.svelte') as never, role: 'analyst' },
  { pattern: '/disclosures', title: 'nav.disclosures', page: () => import('~/rooms/sharing/Disclosures.svelte') as never, role: 'analyst' },
  { pattern: '/known-good', title: 'nav.knownGood', page: () => import('~/rooms/intelligence/KnownGood.svelte') as never },
  { pattern: '/official-reports', title: 'nav.reports', page: () => import('~/rooms/account/Reports.svelte') as never },
  { pattern: '/repair', title: 'nav.repair', page: () => import('~/rooms/account/Repair.svelte') as never },
  { pattern: '/country', title: 'nav.country', page: () => import('~/rooms/account/Country.svelte') as never },
  { pattern: '/experiments', title: 'nav.experiments', page: () => import('~/rooms/account/Experiments.svelte') as never },
  { pattern: '/readiness', title: 'nav.readiness', page: () => import('~/rooms/readiness/Readiness.svelte') as never },
  { pattern: '/readiness/:id', title: 'ready.assessment', page: () => import('~/rooms/readiness/Assessment.svelte') as never },
  { pattern: '/readiness/:id/roadmap', title: 'ready.roadmap', page: () => import('~/rooms/readiness/Roadmap.svelte') as never },
  { pattern: '/steps', title: 'ready.allSteps', page: () => import('~/rooms/readiness/Steps.svelte') as never },
  { pattern: '/evaluations', title: 'evaluation.title', page: () => import('~/rooms/readiness/Evaluations.svelte') as never },
  { pattern: '/reviews', title: 'review.title', page: () => import('~/rooms/readiness/Reviews.svelte') as never },
  { pattern: '/reviews/:id', title: 'review.title', page: () => import('~/rooms/readiness/Review.svelte') as never },
  { pattern: '/evidence', title: 'nav.evidence', page: () => import('~/rooms/readiness/Evidence.svelte') as never },
  { pattern: '/reachability', title: 'reach.title', page: () => import('~/rooms/readiness/Reachability.svelte') as never, role: 'analyst' },
  { pattern: '/staffing', title: 'staffing.title', page: () => import('~/rooms/readiness/Staffing.svelte') as never, role: 'analyst' },
  { pattern: '/frameworks', title: 'nav.frameworks', page: () => import('~/rooms/readiness/Frameworks.svelte') as never },
  { pattern: '/frameworks/:framework', title: 'nav.frameworks', page: () => import('~/rooms/readiness/Framework.svelte') as never },
  { pattern: '/registers/:register', title: 'nav.register', page: () => import('~/rooms/readiness/Register.svelte') as never },
  { pattern: '/documents', title: 'nav.documents', page: () => import('~/rooms/readiness/Documents.svelte') as never },
  { pattern: '/documents/:kind', title: 'nav.documents', page: () => import('~/rooms/readiness/Document.svelte') as never },
  { pattern: '/lookup', title: 'nav.lookup', page: () => import('~/rooms/directory/Lookup.svelte') as never },
  { pattern: '/directory/organisations', title: 'nav.organisations', page: () => import('~/rooms/directory/Organisations.svelte') as never },
  { pattern: '/directory/organisations/:id', title: 'nav.organisations', page: () => import('~/rooms/directory/Organisation.svelte') as never },
  { pattern: '/directory/resources', title: 'nav.resources', page: () => import('~/rooms/directory/Resources.svelte') as never },
  { pattern: '/directory/claims', title: 'nav.claims', page: () => import('~/rooms/directory/Claims.svelte') as never },
  { pattern: '/directory/conflicts', title: 'nav.conflicts', page: () => import('~/rooms/directory/Conflicts.svelte') as never, role: 'analyst' },
  { pattern: '/directory/contacts', title: 'nav.contacts', page: () => import('~/rooms/directory/Contacts.svelte') as never },
  { pattern: '/directory/import', title: 'import.title', page: () => import('~/rooms/directory/Import.svelte') as never, role: 'analyst' },
  { pattern: '/settings', title: 'nav.settings', page: () => import('~/rooms/settings/Settings.svelte') as never },
  { pattern: '/settings/:section', title: 'nav.settings', page: () => import('~/rooms/settings/Settings.svelte') as never },
];

export interface Match {
  route: Route;
  params: Record<string, string>;
}

export function match(path: string): Match | null {
  const parts = path.split('/').filter(Boolean);
  for (const route of routes) {
    const params = fits(route.pattern.split('/').filter(Boolean), parts);
    if (params) return { route, params };
  }
  return null;
}

function fits(pattern: string[], parts: string[]): Record<string, string> | null {
  const params: Record<string, string> = {};
  for (const [i, piece] of pattern.entries()) {
    if (piece.startsWith('*')) {
      if (parts.length <= i) return null;
      params[piece.slice(1)] = parts.slice(i).map(decode).join('/');
      return params;
    }
    const part = parts[i];
    if (part === undefined) return null;
    if (piece.startsWith(':')) params[piece.slice(1)] = decode(part);
    else if (piece !== part) return null;
  }
  return parts.length === pattern.length ? params : null;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The page of a thing, where it has one. */
export function pageOf(thing: Schemas['Thing'] | null | undefined): string | null {
  if (!thing) return null;
  const id = thing.id.split('/').map(encodeURIComponent).join('/');
  switch (thing.kind) {
    case 'organisation': return `/directory/organisations/${id}`;
    case 'directory': return '/directory/organisations';
    case 'event': return `/events/${id}`;
    case 'finding': return `/findings/${id}`;
    case 'notification': return `/notifications/${id}`;
    case 'mail': return '/inbox';
    case 'feed': return `/feeds/${id}`;
    case 'report': return `/reports/${id}`;
    case 'intelligence': return `/intelligence/${id}`;
    case 'intelligence_source': return `/intelligence?source=${id}`;
    case 'match': return '/matches';
    case 'peer': return `/peers/${id}`;
    case 'collection': return '/collections';
    case 'resource': return '/directory/resources';
    case 'resource_claim': return '/directory/claims';
    case 'contact': return '/directory/contacts';
    case 'import': return `/directory/import?id=${id}`;
    case 'user': return '/settings/users';
    case 'key': return '/settings/keys';
    case 'setting': return '/settings/server';
    case 'suppression': return '/settings/suppressions';
    case 'do_not_contact': return '/settings/do-not-contact';
    case 'session': return '/settings/sessions';
    case 'page': return thing.id.startsWith('/') ? thing.id : null;
    case 'recall': return `/recalls/${id}`;
    case 'source': return '/sources';
    case 'taxii_remote': return `/remotes/${id}`;
    case 'sharing_group': return '/sharing-groups';
    case 'reachability': return '/reachability';
    case 'assessment': return `/readiness/${id}`;
    case 'document': return '/evidence';
    case 'step': return '/readiness';
    case 'register': return `/registers/${id}`;
    case 'action': return null;
    case 'export': return null;
  }
}
