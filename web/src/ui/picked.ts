/**
 * The option of this value is the chosen one: `<select {@attach picked(value)}>`. For pages with hundreds of selects: `value={…}` costs an
 * observer for each.
 */
export const picked = (value: string) => (select: HTMLSelectElement) => {
  select.value = value;
};
