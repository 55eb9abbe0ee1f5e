#!/usr/bin/env bash
# Makes the certificates of a cluster: an authority of its own, one certificate a node, one for consoles. Needs openssl.
#
#   deploy/certificates/make-certificates.sh FOLDER NAME=HOST[,HOST…] …
#
# for example  make-certificates.sh secrets seed1=10.0.0.1,seed1.example trainer1=10.0.0.11
#
# FOLDER gets authority.pem and authority.key; NAME.pem and NAME.key for each node, good for the names and addresses after its "=";
# and console.pem and console.key. What is there already is kept, so that a node can be added later. Keep authority.key away from the nodes.
# DAYS (default 825) is how long certificates are valid, KEY_PASSWORD encrypts the keys of nodes and consoles.
set -euo pipefail

if [ $# -lt 1 ] || [[ $1 == -* ]]; then
  sed -n '2,10s/^# \{0,1\}//p' "$0"
  exit 2
fi
command -v openssl >/dev/null || { echo "openssl was not found on PATH." >&2; exit 1; }

folder=$1
shift
days=${DAYS:-825}
umask 077
mkdir -p "$folder"

if [ ! -s "$folder/authority.pem" ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=ComPO authority" \
    -addext basicConstraints=critical,CA:true,pathlen:0 -addext keyUsage=critical,keyCertSign,cRLSign \
    -keyout "$folder/authority.key" -out "$folder/authority.pem" 2>/dev/null
  echo "$folder/authority.pem"
fi

# make NAME [HOST…]
make() {
  local name=$1 host names=""
  shift
  [ -s "$folder/$name.pem" ] && return
  for host in "$@"; do
    if [[ $host =~ ^[0-9.]+$ || $host == *:* ]]; then names+=",IP:$host"; else names+=",DNS:$host"; fi
  done
  local protection=(-nocrypt)
  [ -z "${KEY_PASSWORD:-}" ] || protection=(-v2 aes-256-cbc -passout env:KEY_PASSWORD)
  openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -out "$folder/$name.key" "${protection[@]}"
  openssl req -new -key "$folder/$name.key" ${KEY_PASSWORD:+-passin env:KEY_PASSWORD} -subj "/CN=$name" -out "$folder/$name.csr"
  # Every member both calls and is called.
  openssl x509 -req -in "$folder/$name.csr" -CA "$folder/authority.pem" -CAkey "$folder/authority.key" -CAcreateserial -days "$days" -sha256 \
    -out "$folder/$name.pem" 2>/dev/null -extfile <(
      echo "basicConstraints=critical,CA:false"
      echo "keyUsage=critical,digitalSignature"
      echo "extendedKeyUsage=serverAuth,clientAuth"
      if [ -n "$names" ]; then echo "subjectAltName=${names#,}"; fi)
  rm "$folder/$name.csr"
  echo "$folder/$name.pem  $(openssl x509 -in "$folder/$name.pem" -noout -fingerprint -sha256 | cut -d= -f2)"
}

for node in "$@"; do
  [[ $node == *=* ]] || { echo "'$node' is not NAME=HOST[,HOST…]." >&2; exit 2; }
  IFS=, read -ra hosts <<<"${node#*=}"
  make "${node%%=*}" "${hosts[@]}"
done
make console
