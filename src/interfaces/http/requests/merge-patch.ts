type JsonObject = { readonly [name: string]: unknown };

/** Deeper than anything here has a place for; what is deeper stands as it was sent, for the schema to refuse. */
const DEEPEST = 4;

/** RFC 7396 §2: what the patch says wins, null removes, objects are merged, everything else is replaced. */
export function mergePatch(target: unknown, patch: unknown, depth = 0): unknown {
  if (!isObject(patch) || depth > DEEPEST) return patch;
  // Without a prototype, so that "__proto__" is a name like any other.
  const merged = Object.assign(Object.create(null) as Record<string, unknown>, isObject(target) ? target : {});
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(merged, name);
    else merged[name] = mergePatch(merged[name], value, depth + 1);
  }
  return merged;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
