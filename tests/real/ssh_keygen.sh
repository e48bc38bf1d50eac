# SPDX-License-Identifier: Apache-2.0
# Keys made and read.
command -v ssh-keygen >/dev/null || { echo "skip: ssh-keygen is not installed"; exit 77; }
ssh-keygen -q -t ed25519 -N '' -f k -C comment && stat -c '%n %a' k k.pub && ssh-keygen -lf k | awk '{print $1, $3, $4}'
ssh-keygen -y -f k | cut -d' ' -f1; echo text >t; ssh-keygen -q -Y sign -f k -n file t 2>/dev/null; ls
command -v openssl >/dev/null && openssl rand -hex 8 | wc -c && openssl dgst -sha256 t
