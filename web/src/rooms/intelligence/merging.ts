import { api } from '~/api/client';

/** Lists show `into` for both from then on. */
export const merge = (id: string, into: string) => api.post('/api/v1/intelligence/objects/{id}/merge', { path: { id }, body: { into } });
export const unmerge = (id: string) => api.delete('/api/v1/intelligence/objects/{id}/merge', { path: { id } });
