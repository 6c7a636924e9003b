#!/bin/sh
# Makes the current folder a Postfix of its own: configuration, queue, data and mail are here, it listens on port $1 of the
# loopback only, and of the machine's mail system it has nothing but the programs. Lines of `own.cf` and `own.master.cf`, if
# there are such, are added; `postfix -c "$PWD/conf" start-fg` starts it, as root.
set -eu
here=$PWD
mkdir -p conf queue data mail
chown postfix data
chown nobody mail
cat >conf/main.cf <<END
compatibility_level = 3.6
queue_directory = $here/queue
data_directory = $here/data
maillog_file = /dev/stdout
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = mail.example.org
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
smtpd_relay_restrictions = permit_mynetworks, reject
in_flow_delay = 0
END
cat >conf/master.cf <<END
127.0.0.1:$1 inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
END
if [ -f own.cf ]; then cat own.cf >>conf/main.cf; fi
if [ -f own.master.cf ]; then cat own.master.cf >>conf/master.cf; fi
