#!/bin/sh
# Makes .venv, .env, the database and a user. Existing files stay unchanged. Needs Python 3.10 or newer.
set -eu
cd "$(dirname "$0")"

python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt

if [ ! -e .env ]; then
  # Use the secret of the service's .env, or the one that npm start has made. Otherwise make one where npm start will find it.
  secret=$(sed -n 's/^JWT_SECRET=//p' ../../.env 2>/dev/null | tail -n 1)
  if [ -z "$secret" ]; then
    file=$(cd ../.. && mkdir -p "${LOCAL_DIR:-.local}" && cd "${LOCAL_DIR:-.local}" && pwd)/jwt-secret
    [ -s "$file" ] || (umask 077 && openssl rand -hex 32 > "$file")
    secret=$(cat "$file")
  fi
  (
    umask 077
    printf 'JWT_SECRET=%s\nDJANGO_SECRET_KEY=%s\nDJANGO_DEBUG=true\n' "$secret" "$(openssl rand -hex 32)" > .env
  )
fi

.venv/bin/python manage.py migrate --verbosity 0
.venv/bin/python manage.py create_demo_user
