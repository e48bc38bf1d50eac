# SPDX-License-Identifier: Apache-2.0
# Eight threads open files for some seconds (REAL_SECONDS).
# TIMEOUT: 60
exec "$HERE/threads8" "$REAL_SECONDS"
