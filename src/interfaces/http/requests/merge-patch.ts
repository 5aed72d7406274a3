type JsonObject = { readonly [name: string]: unknown };

/** Patches are merged down to this depth, which no opportunity reaches. The schema refuses anything deeper. */
const DEEPEST = 4;

/** Applies a merge patch (RFC 7396 §2): null removes a member, objects are merged, every other value replaces the old one. */
export function mergePatch(target: unknown, patch: unknown, depth = 0): unknown {
  if (!isObject(patch) || depth > DEEPEST) return patch;
  // The object has no prototype, so "__proto__" is a name like any other.
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
