#!/usr/bin/env bash
# Makes what kustomization.yaml needs and the repository does not hold, beside itself: certificates, passwords, and the configuration with the
# fingerprints of the certificates. What is there already is kept. Needs openssl. PGPASSWORD is the password of your PostgreSQL's user compo;
# without it one is made up.
set -euo pipefail
cd "$(dirname "$0")"

umask 077
mkdir -p secrets
bash ../certificates/make-certificates.sh secrets member=seeds.compo.svc.cluster.local

[ -s secrets/postgres-password ] || printf '%s' "${PGPASSWORD:-$(openssl rand -hex 24)}" > secrets/postgres-password
[ -s secrets/dashboard-token ] || openssl rand -hex 24 | tr -d '\n' > secrets/dashboard-token

fingerprint() { openssl x509 -in "secrets/$1.pem" -noout -fingerprint -sha256 | cut -d= -f2; }
sed "s/pinned = \[\]/pinned = [\"$(fingerprint member)\", \"$(fingerprint console)\"]/" compo.conf > secrets/compo.conf
echo "kubectl apply -k $PWD can be run now; passwords and the dashboard's token are in $PWD/secrets."
