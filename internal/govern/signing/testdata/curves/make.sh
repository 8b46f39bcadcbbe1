#!/bin/sh
# Keys on curves that tacit does not sign by, as OpenSSL writes them. They sign nothing.
set -e
cd "$(dirname "$0")"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out secp256k1.pem
openssl pkey -in secp256k1.pem -pubout -out secp256k1.pub
openssl ecparam -name secp256k1 -genkey -noout -out sec1.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -pkeyopt ec_param_enc:explicit -out explicit.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1 | openssl pkey -pubout -out brainpool.pub
openssl req -x509 -new -key secp256k1.pem -subj /CN=root -days 3650 -out cert.pem
