#!/bin/sh
# install.sh REQUIREMENT…: into /opt/aieco, each at its version in requirements.lock, with an SBOM of all that is there.
set -eu
PATH=/opt/uv/bin:$PATH
case "$*" in
*llm.txt*) ;; # the language model needs no torch
*) uv pip install --no-deps ${TORCH_INDEX:+--index "$TORCH_INDEX"} "$(grep -o 'torch==[0-9.]*' pyproject.toml)" ;;
esac
uv pip install --constraint requirements.lock --find-links /wheels --compile-bytecode "$@"
mkdir -p /usr/share/aieco
uv tool run --from "cyclonedx-bom==${SBOM_VERSION}" cyclonedx-py environment --pyproject pyproject.toml \
  --output-reproducible --output-file /usr/share/aieco/sbom.json /opt/aieco/bin/python
