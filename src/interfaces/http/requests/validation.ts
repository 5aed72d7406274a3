import { z, type output, type ZodType } from 'zod';
import type { Violation } from '#domain/domain-error';
import { HttpProblem, type ProblemError } from '../problems/problem-details.ts';

/** A body of 64 KiB can be wrong in thousands of places; nobody reads more than these. */
const MOST_ERRORS = 100;

export const INVALID_BODY = 'The body is not valid.';

type Issue = { path: readonly PropertyKey[]; code: string; message: string };

/**
 * The body as its schema gives it.
 * @throws HttpProblem validation_failed with every violation and where it is.
 */
export function validBody<Schema extends ZodType>(schema: Schema, body: unknown): output<Schema> {
  const result = schema.safeParse(body, { reportInput: false });
  if (result.success) return result.data;
  throw new HttpProblem('validation_failed', INVALID_BODY, {
    errors: issues(result.error.issues, body).map(bodyError),
  });
}

/**
 * The query as its schema gives it. A parameter may be given more than once where the schema wants an array.
 * @throws HttpProblem invalid_parameter naming every wrong or unknown parameter.
 */
export function validQuery<Schema extends z.ZodObject>(schema: Schema, query: Record<string, unknown>): output<Schema> {
  // Koa's query object has no prototype; zod wants a plain one.
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

/** A violation with its place as a JSON Pointer in a URI fragment (RFC 6901 §6). */
export function bodyError({ path, code, message }: Violation | Issue): ProblemError {
  const pointer = path.map((part) => '/' + encodeURIComponent(pointerToken(String(part)))).join('');
  const subject = path.length > 0 ? path.map(String).join('.') : 'the body';
  return { detail: `${subject} ${message}`, pointer: `#${pointer}`, code };
}

function pointerToken(part: string): string {
  return part.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1');
}

/** zod's issues in this API's words, one for each place; the first hundred of them. */
function issues(found: readonly ZodIssue[], input: unknown): Issue[] {
  const each = found.slice(0, MOST_ERRORS).flatMap((issue): Issue[] => {
    const path = issue.path;
    switch (issue.code) {
      case 'unrecognized_keys':
        return (issue.keys ?? []).map((key) => ({
          path: [...path, key],
          code: 'unknown',
          message: 'is not known here',
        }));
      case 'invalid_type':
        return isMissing(input, path)
          ? [{ path, code: 'required', message: 'is required' }]
          : [{ path, code: 'invalid_type', message: `must be of type ${String(issue.expected)}` }];
      case 'invalid_value':
        return isMissing(input, path)
          ? [{ path, code: 'required', message: 'is required' }]
          : [{ path, code: 'unknown_value', message: `must be one of ${(issue.values ?? []).join(', ')}` }];
      case 'custom':
        return [{ path, code: customCode(issue), message: issue.message }];
      default:
        return [{ path, code: issue.code, message: lowerFirst(issue.message) }];
    }
  });
  return each.slice(0, MOST_ERRORS);
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
