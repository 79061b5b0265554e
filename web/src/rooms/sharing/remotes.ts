import { duration, tOr } from '~/core/i18n.svelte';
import type { Schemas } from '~/api/client';
import type { Look } from '~/ui/states';

type Course = Schemas['RemoteCourse'];

export function courseLook(course: Course): Look {
  const looks: Record<Course['condition'], Omit<Look, 'text'>> = {
    ok: { tone: 'good', icon: 'check' },
    new: { tone: 'quiet', icon: 'clock' },
    failing: { tone: 'bad', icon: 'alert' },
    paused: { tone: 'quiet', icon: 'pause' },
  };
  return { ...looks[course.condition], text: tOr(`remotes.condition.${course.condition}`, course.condition) };
}

const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };
/** `15m` in the reader's words. */
export function everyText(every: string): string {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(every) ?? [];
  return count && unit ? duration(Number(count) * units[unit]!) : every;
}

/** What a remote does: polling, pushing, or both. */
export function courses(remote: Schemas['Remote']): { way: 'polls' | 'pushes'; course: Course }[] {
  return [...(remote.poll ? [{ way: 'polls' as const, course: remote.poll }] : []), ...(remote.push ? [{ way: 'pushes' as const, course: remote.push }] : [])];
}
