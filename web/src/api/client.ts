/**
 * The one way to the server. Paths, parameters, bodies and answers are checked against the types made from its OpenAPI document.
 *
 * Errors are `ApiError`: `code` is the last word of the problem's type (RFC 9457), or `offline` when no answer came.
 */
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

export class ApiError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly fields: readonly { field?: string; line?: number; expected: string }[] = [],
    readonly retryAfter = 0,
    /** The whole problem: a conflict tells both sides. */
    readonly body: unknown = undefined,
  ) {
    super(message);
  }
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type With<M extends Method> = { [P in keyof paths]: paths[P][M] extends { responses: unknown } ? P : never }[keyof paths];
type Json<T> = T extends { content: { 'application/json': infer B } } ? B : undefined;
type Answer<Op> = Op extends { responses: infer R }
  ? Json<R extends { 200: infer A } ? A : R extends { 201: infer A } ? A : R extends { 202: infer A } ? A : never>
  : never;
type PathValues<Op> = Op extends { parameters: { path: infer V } } ? { path: V } : { path?: undefined };
type QueryValues<Op> = Op extends { parameters: { query: infer V } }
  ? { query: V }
  : Op extends { parameters: { query?: infer V } }
    ? { query?: V }
    : { query?: undefined };
type Body<Op> = Op extends { requestBody: { content: { 'application/json': infer B } } } ? { body: B } : { body?: undefined };
type Options<Op> = PathValues<Op> & QueryValues<Op> & Body<Op> & { signal?: AbortSignal };
type Arguments<Op> = Record<string, never> extends Options<Op> ? [Options<Op>?] : [Options<Op>];
export type Query<P extends With<'get'>> = NonNullable<QueryValues<paths[P]['get']>['query']>;
export type Result<P extends With<'get'>> = Answer<paths[P]['get']>;

let csrf = '';
let whenSignedOut = () => {};

export function setCsrf(token: string | null) {
  csrf = token ?? '';
}

/** Called when the server no longer knows the session. */
export function onSignedOut(then: () => void) {
  whenSignedOut = then;
}

type Loose = { path?: object; query?: object; body?: unknown; signal?: AbortSignal };

/** A path of the API with its values put in; for links and downloads. */
export function address(path: string, values: { path?: object; query?: object } = {}): string {
  // A feed's id is `publisher/report`: its slash stays a slash.
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    String((values.path as Record<string, unknown>)[name]).split('/').map(encodeURIComponent).join('/'),
  );
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(values.query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== '') query.append(key, String(one));
    }
  }
  const text = query.toString();
  return text ? `${filled}?${text}` : filled;
}

async function send(method: Method, path: string, options: Loose = {}): Promise<unknown> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'get' && csrf) headers['X-CSRF-Token'] = csrf;
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(address(path, options), {
      method: method.toUpperCase(),
      headers,
      credentials: 'same-origin',
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: options.signal,
    });
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw new ApiError('offline', 0, '');
  }
  if (!response.ok) throw await problem(response, path);
  if (response.status === 204) return undefined;
  return response.json();
}

async function problem(response: Response, path: string): Promise<ApiError> {
  const body = (await response.json().catch(() => ({}))) as Partial<Schemas['Problem']>;
  const code = body.type?.split('/').pop() || (response.status >= 500 ? 'failed' : 'bad-request');
  if (response.status === 401 && path !== '/api/v1/session') whenSignedOut();
  const wait = Number(response.headers.get('Retry-After')) || 0;
  return new ApiError(code, response.status, body.detail ?? '', body.errors ?? [], wait, body);
}

export const api = {
  get: <P extends With<'get'>>(path: P, ...[options]: Arguments<paths[P]['get']>) =>
    send('get', path as string, options as Loose) as Promise<Answer<paths[P]['get']>>,
  post: <P extends With<'post'>>(path: P, ...[options]: Arguments<paths[P]['post']>) =>
    send('post', path as string, options as Loose) as Promise<Answer<paths[P]['post']>>,
  put: <P extends With<'put'>>(path: P, ...[options]: Arguments<paths[P]['put']>) =>
    send('put', path as string, options as Loose) as Promise<Answer<paths[P]['put']>>,
  patch: <P extends With<'patch'>>(path: P, ...[options]: Arguments<paths[P]['patch']>) =>
    send('patch', path as string, options as Loose) as Promise<Answer<paths[P]['patch']>>,
  delete: <P extends With<'delete'>>(path: P, ...[options]: Arguments<paths[P]['delete']>) =>
    send('delete', path as string, options as Loose) as Promise<Answer<paths[P]['delete']>>,
};

/** Hands in a report as it is. The browser streams the file; nothing is read into memory here. */
export async function handIn(feed: string, file: File): Promise<Schemas['Accepted']> {
  const response = await fetch(address('/api/v1/feeds/{feed}/reports', { path: { feed }, query: { name: file.name } }), {
    method: 'POST',
    headers: { 'Content-Type': 'application/octet-stream', 'X-CSRF-Token': csrf },
    credentials: 'same-origin',
    body: file,
  }).catch(() => {
    throw new ApiError('offline', 0, '');
  });
  if (!response.ok) throw await problem(response, 'reports');
  return response.json() as Promise<Schemas['Accepted']>;
}

type Uploaded = '/api/v1/assessments/spreadsheet' | '/api/v1/intelligence/extract' | '/api/v1/intelligence/import' | '/api/v1/reviews' | '/api/v1/reviews/take';
/** Sends bytes as they are; the browser streams a file. */
export async function upload<P extends Uploaded>(path: P, query: object, body: Blob): Promise<Answer<paths[P]['post']>> {
  const response = await fetch(address(path, { query }), {
    method: 'POST',
    headers: { 'Content-Type': 'application/octet-stream', 'X-CSRF-Token': csrf },
    credentials: 'same-origin',
    body,
  }).catch(() => {
    throw new ApiError('offline', 0, '');
  });
  if (!response.ok) throw await problem(response, path);
  return response.json() as Promise<Answer<paths[P]['post']>>;
}

type Given = '/api/v1/assessments/{id}/package' | '/api/v1/reviews/{id}/sign';
/** Asks for a file that is made of what is sent, and hands it to the browser to be saved. */
export async function saveFile<P extends Given>(path: P, options: Options<paths[P]['post']>, name: string): Promise<void> {
  const response = await fetch(address(path, options as Loose), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf },
    credentials: 'same-origin',
    body: JSON.stringify((options as Loose).body),
  }).catch(() => {
    throw new ApiError('offline', 0, '');
  });
  if (!response.ok) throw await problem(response, path);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
