import { parseArgs } from 'node:util';

export type DoctorArguments = {
  readonly help: boolean;
  /** Our .env; without it the one in the working folder is read, if there is one. */
  readonly env: string | undefined;
  readonly djangoEnv: string | undefined;
  /** "-" for standard input, "@" and a path, or the token itself. */
  readonly token: string | undefined;
  /** Both without a slash at the end. */
  readonly url: string | undefined;
  readonly djangoUrl: string | undefined;
  readonly production: boolean;
  readonly json: boolean;
};

/** The command line is not one that can be followed. The message says why, and repeats no value. */
export class UsageError extends Error {}

export const USAGE = `Checks the integration with Django, the configuration and what is running. Changes nothing, and prints no secret.

  npm run doctor -- [options]        node dist/main.js doctor [options]

  --env FILE          our .env, read as Node reads it; .env in this folder when left out, if there is one.
                      What the environment already has wins over the file, as at a start.
  --django-env FILE   Django's .env, read as python-decouple reads it: are the secrets the same, and if not, why?
  --token -           reads a token, or the whole answer of the login, from standard input: paste it, then Ctrl-D
  --token @FILE       reads it from a file
  --token TOKEN       takes it from the command line. It then stays in the shell's history, and others on this
                      machine can see it: prefer the two above.
  --url URL           looks at the running service, from outside: https://opportunities.example.org
  --django-url URL    looks at Django, too, and compares the clocks: https://django.example.org
  --production        judges by what production needs, and lets warnings fail
  --json              prints the report as JSON
  --help              prints this

Exit codes: 0 nothing has failed, 1 something has, 2 this command line cannot be followed, 78 a .env file cannot be
read. The checks, and the shape of the JSON: docs/operators/doctor.md
`;

/** @throws UsageError */
export function readArguments(args: readonly string[]): DoctorArguments {
  const values = parsed(args);
  return {
    help: values.help ?? false,
    env: values.env,
    djangoEnv: values['django-env'],
    token: values.token,
    url: address('--url', values.url),
    djangoUrl: address('--django-url', values['django-url']),
    production: values.production ?? false,
    json: values.json ?? false,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        env: { type: 'string' },
        'django-env': { type: 'string' },
        token: { type: 'string' },
        url: { type: 'string' },
        'django-url': { type: 'string' },
        production: { type: 'boolean' },
        json: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    // Node's message repeats the argument, which may be a token whose option was forgotten.
    throw new UsageError(explained(error));
  }
}

function explained(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ERR_PARSE_ARGS_UNKNOWN_OPTION':
      return 'There is an option that the doctor does not know.';
    case 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL':
      return 'There is an argument without its option.';
    default:
      return 'An option lacks its value, or has one that it does not take.';
  }
}

function address(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '')
    throw new UsageError(
      `${option} must look like https://opportunities.example.org, without user, query or fragment.`,
    );
  return url.href.replace(/\/+$/, '');
}
