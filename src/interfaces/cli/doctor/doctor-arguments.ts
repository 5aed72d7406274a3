import { parseArgs } from 'node:util';

export type DoctorArguments = {
  readonly help: boolean;
  /** The path of our .env file. Without it the doctor reads .env in the working folder, if that file exists. */
  readonly env: string | undefined;
  readonly djangoEnv: string | undefined;
  /** Where the token is: "-" for standard input, "@" and a path, or the token itself. */
  readonly token: string | undefined;
  /** The address of the service, without a slash at the end. */
  readonly url: string | undefined;
  /** The address of Django, without a slash at the end. */
  readonly djangoUrl: string | undefined;
  readonly production: boolean;
  readonly json: boolean;
};

/** The command line is not valid. The message says why, and repeats no argument, because any argument may be a token. */
export class UsageError extends Error {}

export const USAGE = `Checks the integration with Django, the configuration and the servers. It changes nothing and prints no secret.

  npm run doctor -- [options]        node dist/main.js doctor [options]

  --env FILE          reads FILE as Node reads it, instead of .env in this folder. As at a start of the service, variables
                      of the environment win over the file.
  --django-env FILE   reads Django's .env as python-decouple does, and compares the secrets of both services
  --token -           reads a token, or the whole login response, from standard input: paste it, then press Ctrl-D
  --token @FILE       reads the token from a file
  --token TOKEN       takes the token from the command line. It then stays in the shell's history, and other users of
                      this machine can see it, so prefer one of the two above.
  --url URL           checks the running service from outside: https://opportunities.example.org
  --django-url URL    checks Django from outside and compares the clocks: https://django.example.org
  --production        checks that everything is fit for production, and fails on warnings
  --json              prints the report as JSON
  --help              prints this help

Exit codes: 0 nothing has failed, 1 something has failed, 2 the command line is not valid, 78 a .env file cannot be
read. docs/operators/doctor.md explains the checks and the JSON.
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
    // Node's own message repeats the argument, which may be a token whose option was forgotten.
    throw new UsageError(explained(error));
  }
}

function explained(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ERR_PARSE_ARGS_UNKNOWN_OPTION':
      return 'The doctor does not know one of the options.';
    case 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL':
      return 'One of the arguments has no option before it.';
    default:
      return 'One of the options lacks its value, or has a value although it takes none.';
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
