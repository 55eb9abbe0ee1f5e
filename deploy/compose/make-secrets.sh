#!/usr/bin/env bash
# Makes what compose.yml needs and the repository does not hold, beside itself: certificates, passwords, .env. What is there already is kept.
# Needs openssl.
set -euo pipefail
cd "$(dirname "$0")"

umask 077
mkdir -p secrets
bash ../certificates/make-certificates.sh secrets seed1=seed1 seed2=seed2 seed3=seed3 trainer1=trainer1 trainer2=trainer2

password() { [ -s "secrets/$1" ] || openssl rand -hex 24 | tr -d '\n' > "secrets/$1"; }
password postgres-password
password grafana-password
printf 'postgres:5432:compo:compo:%s\n' "$(cat secrets/postgres-password)" > secrets/pgpass

# Containers run as whoever may read the secrets, which is not root.
user=$(id -u) group=$(id -g)
if [ "$user" -eq 0 ]; then
  user=1654 group=1654
  chown -R "$user:$group" secrets
fi
if [ ! -s .env ]; then
  printf 'COMPO_UID=%s\nCOMPO_GID=%s\nCOMPO_DASHBOARD_TOKEN=%s\n' "$user" "$group" "$(openssl rand -hex 24)" > .env
fi
echo "compose.yml can be started now; passwords are in $PWD/secrets, the dashboard's token in $PWD/.env."
