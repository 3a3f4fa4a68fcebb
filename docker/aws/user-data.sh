#!/bin/bash
# First boot of the node: fetch the kit at one revision, and leave two units that survive a stop and a start of the instance.
#   kit-run    the study, resumed at every boot; when it ends the run's folder is uploaded, and the node shuts itself down
#   kit-spot   looks for a spot interruption notice every 5 s and stops kit-run, which then has two minutes
# docs/aws.md says how the five values are filled in.
set -euo pipefail
# A first boot that fails leaves no node that idles at full price; /var/log/cloud-init-output.log says why.
trap 'shutdown -h +30 "the first boot failed"' ERR

REPOSITORY='@REPOSITORY@'
REVISION='@REVISION@'
BUCKET='@BUCKET@'
REGION='@REGION@'
PROFILE='@PROFILE@'

apt-get update -qq
apt-get install -y -qq --no-install-recommends git make
git clone --quiet "$REPOSITORY" /opt/kit
git -C /opt/kit checkout --quiet --detach "$REVISION"
chown -R ubuntu: /opt/kit

# The machine image mounts the node's own disks here; they are empty again after a stop, so only what can be fetched lies there.
cache=/opt/dlami/nvme/kit-cache
cat >/etc/kit.env <<EOF
PROFILE=$PROFILE
BUCKET=$BUCKET
KIT_CACHE=$cache
YES=1
AWS_DEFAULT_REGION=$REGION
EOF

cat >/usr/local/bin/kit-run <<'EOF'
#!/bin/bash
# The token for gated models comes from the parameter store into the environment of this process alone.
set -euo pipefail
HF_TOKEN=$(aws ssm get-parameter --name /power-hungry/hf-token --with-decryption --query Parameter.Value --output text)
export HF_TOKEN
cd /opt/kit
exec make --no-print-directory reproduce
EOF

cat >/usr/local/bin/kit-after <<'EOF'
#!/bin/bash
# After every end of kit-run; systemd says in EXIT_CODE and EXIT_STATUS how it ended. A study that nobody stopped leaves nothing to
# pay for: whole, in five minutes; failed or killed, in half an hour, so that somebody can look (`shutdown -c` keeps the node).
# That is settled before the upload, which may hang.
set -uo pipefail
ended="${EXIT_CODE:-unknown} ${EXIT_STATUS:-}"
case $ended in
  'exited 0') shutdown -h +5 'the study is whole' ;;
  'killed TERM') ;; # by kit-spot, or by hand
  *) shutdown -h +30 "the study ended: $ended" ;;
esac
aws s3 cp --quiet --recursive /opt/kit/outputs "s3://$BUCKET/outputs/" || echo "the upload to $BUCKET failed" >&2
EOF

cat >/usr/local/bin/kit-spot <<'EOF'
#!/bin/bash
# 404 means that no interruption is planned; 200 means that there are two minutes left.
set -uo pipefail
service=http://169.254.169.254/latest
while sleep 5; do
  token=$(curl -sf -m 2 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$service/api/token") || continue
  if curl -sf -m 2 -o /dev/null -H "X-aws-ec2-metadata-token: $token" "$service/meta-data/spot/instance-action"; then
    systemctl stop kit-run
    exit 0
  fi
done
EOF
chmod 755 /usr/local/bin/kit-run /usr/local/bin/kit-after /usr/local/bin/kit-spot

cat >/etc/systemd/system/kit-run.service <<EOF
[Unit]
Description=Power Hungry Processing, reproduced
Wants=network-online.target
After=network-online.target docker.service dlami-nvme.service

[Service]
User=ubuntu
SupplementaryGroups=docker
Environment=HOME=/home/ubuntu
EnvironmentFile=/etc/kit.env
ExecStartPre=+/usr/bin/install -d -o ubuntu $cache
ExecStart=/usr/local/bin/kit-run
ExecStopPost=+/usr/local/bin/kit-after
# SIGTERM goes to make alone, which hands it on to the container; the running window is ended within 30 s.
KillMode=mixed
TimeoutStopSec=60

[Install]
WantedBy=multi-user.target
EOF

cat >/etc/systemd/system/kit-spot.service <<'EOF'
[Unit]
Description=Watch for a spot interruption

[Service]
ExecStart=/usr/local/bin/kit-spot

[Install]
WantedBy=multi-user.target
EOF

systemctl daemon-reload
systemctl enable --now kit-spot.service kit-run.service
