import { z, type output, type ZodType } from 'zod';
import type { Violation } from '#domain/domain-error';
import { HttpProblem, type ProblemError } from '../problems/problem-details.ts';

/** The largest number of errors in a response. A body of 64 KiB could have thousands. */
const MOST_ERRORS = 100;

export const INVALID_BODY = 'The body is not valid.';

type Issue = { path: readonly PropertyKey[]; code: string; message: string };

/**
 * Returns the body as its schema parses it.
 * @throws HttpProblem validation_failed with every violation and its place.
 */
export function validBody<Schema extends ZodType>(schema: Schema, body: unknown): output<Schema> {
  const result = schema.safeParse(body, { reportInput: false });
  if (result.success) return result.data;
  throw new HttpProblem('validation_failed', INVALID_BODY, {
    errors: issues(result.error.issues, body).map(bodyError),
  });
}

/**
 * Returns the query as its schema parses it. A parameter whose schema is an array may occur more than once.
 * @throws HttpProblem invalid_parameter with every wrong or unknown parameter.
 */
export function validQuery<Schema extends z.ZodObject>(schema: Schema, query: Record<string, unknown>): output<Schema> {
  // Koa's query has no prototype, and zod accepts only plain objects.
  const plain = Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, isList(schema, name) ? [value].flat() : value]),
  );
  const result = schema.safeParse(plain);
  if (result.success) return result.data;
  throw new HttpProblem('invalid_parameter', 'The query is not valid.', {
    errors: issues(result.error.issues, plain).map(({ path, code, message }) => ({
      detail: `${String(path[0])} ${message}`,
      parameter: String(path[0]),
      code,
    })),
  });
}

function isList(schema: z.ZodObject, name: string): boolean {
  const shape: Record<string, z.core.$ZodType> = schema.shape;
  const parameter = Object.hasOwn(shape, name) ? shape[name] : undefined;
  return parameter !== undefined && z.safeParse(parameter, []).success;
}

/** Returns a violation with its place as a JSON Pointer in a URI fragment (RFC 6901 §6). */
export function bodyError({ path, code, message }: Violation | Issue): ProblemError {
  const pointer = path.map((part) => '/' + encodeURIComponent(pointerToken(String(part)))).join('');
  const subject = path.length > 0 ? path.map(String).join('.') : 'the body';
  return { detail: `${subject} ${message}`, pointer: `#${pointer}`, code };
}

function pointerToken(part: string): string {
  return part.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Translates zod's issues into the words of this API: one for each place, up to MOST_ERRORS. */
function issues(found: readonly ZodIssue[], input: unknown): Issue[] {
  const each = found.slice(0, MOST_ERRORS).flatMap((issue): Issue[] => {
    const path = issue.path;
    switch (issue.code) {
      case 'unrecognized_keys':
        return (issue.keys ?? []).map((key) => ({
          path: [...path, key],
          code: 'unknown',
          message: 'is unknown',
        }));
      case 'invalid_type':
        return isMissing(input, path)
          ? [{ path, code: 'required', message: 'is required' }]
          : [{ path, code: 'invalid_type', message: `must be of type ${String(issue.expected)}` }];
      case 'invalid_value':
        return isMissing(input, path)
          ? [{ path, code: 'required', message: 'is required' }]
          : [{ path, code: 'unknown_value', message: oneOf(issue.values ?? []) }];
      case 'custom':
        return [{ path, code: customCode(issue), message: issue.message }];
      default:
        return [{ path, code: issue.code, message: lowerFirst(issue.message) }];
    }
  });
  return each.slice(0, MOST_ERRORS);
}

function oneOf(values: readonly unknown[]): string {
  return values.length === 1
    ? `accepts only ${String(values[0])}. Leave it out otherwise.`
    : `must be one of ${values.join(', ')}`;
}

type ZodIssue = {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[] | undefined;
  readonly expected?: unknown;
  readonly values?: readonly unknown[] | undefined;
  readonly params?: Record<string, unknown> | undefined;
};

function customCode({ params }: ZodIssue): string {
  const code = params?.['code'];
  return typeof code === 'string' ? code : 'invalid';
}

function isMissing(input: unknown, path: readonly PropertyKey[]): boolean {
  const value = path.reduce<unknown>(
    (inner, part) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[part] : undefined,
    input,
  );
  return value === undefined;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
