CREATE TABLE `hakobi_attempt` (
  `job_row` bigint(20) unsigned NOT NULL,
  `attempt` int(11) NOT NULL,
  `outcome` varbinary(20) NOT NULL,
  `error` longblob DEFAULT NULL,
  `death_signal` int(11) DEFAULT NULL,
  `exit_code` int(11) DEFAULT NULL,
  `peak_memory` bigint(20) DEFAULT NULL,
  `reporter` int(11) DEFAULT NULL,
  `ran` bigint(20) DEFAULT NULL,
  `started` bigint(20) NOT NULL,
  `ended` bigint(20) NOT NULL,
  PRIMARY KEY (`job_row`,`attempt`)
) ENGINE=InnoDB DEFAULT CHARSET=binary;

CREATE TABLE `hakobi_idempotency` (
  `kind` int(11) NOT NULL,
  `idempotency_key` varbinary(255) NOT NULL,
  `id` binary(16) NOT NULL,
  `expires` bigint(20) NOT NULL,
  PRIMARY KEY (`kind`,`idempotency_key`),
  KEY `by_expiry` (`expires`)
) ENGINE=InnoDB DEFAULT CHARSET=binary;

CREATE TABLE `hakobi_job` (
  `job_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `id` binary(16) NOT NULL,
  `place` int(11) NOT NULL,
  `moment` bigint(20) NOT NULL,
  `lane` int(11) NOT NULL,
  `kind` int(11) NOT NULL,
  `due` bigint(20) NOT NULL,
  `created` bigint(20) NOT NULL,
  `claimed` bigint(20) NOT NULL DEFAULT 0,
  `ran` bigint(20) NOT NULL DEFAULT 0,
  `owner` int(11) NOT NULL DEFAULT 0,
  `reporter` int(11) NOT NULL DEFAULT 0,
  `attempt` int(11) NOT NULL DEFAULT 0,
  `failures` int(11) NOT NULL DEFAULT 0,
  `crashes` int(11) NOT NULL DEFAULT 0,
  `flags` tinyint(4) NOT NULL DEFAULT 0,
  `max_failures` bigint(20) NOT NULL DEFAULT 10,
  `version` bigint(20) NOT NULL DEFAULT 1,
  `codec` varbinary(255) NOT NULL DEFAULT 'json',
  `soft_limit` bigint(20) DEFAULT NULL,
  `hard_limit` bigint(20) DEFAULT NULL,
  `unique_key` varbinary(255) DEFAULT NULL,
  `live_key` varbinary(255) DEFAULT NULL,
  `idempotency_key` varbinary(255) DEFAULT NULL,
  `metadata` longblob DEFAULT NULL,
  `payload` longblob NOT NULL,
  PRIMARY KEY (`job_row`),
  UNIQUE KEY `by_id` (`id`),
  UNIQUE KEY `by_key` (`kind`,`live_key`),
  KEY `by_order` (`place`,`moment`)
) ENGINE=InnoDB DEFAULT CHARSET=binary;

CREATE TABLE `hakobi_kept` (
  `job_row` bigint(20) unsigned NOT NULL,
  `progress_done` bigint(20) DEFAULT NULL,
  `progress_total` bigint(20) DEFAULT NULL,
  `progress_note` longblob DEFAULT NULL,
  `checkpoint` longblob DEFAULT NULL,
  `result_codec` varbinary(255) DEFAULT NULL,
  `result_version` bigint(20) DEFAULT NULL,
  `result` longblob DEFAULT NULL,
  PRIMARY KEY (`job_row`)
) ENGINE=InnoDB DEFAULT CHARSET=binary;

CREATE TABLE `hakobi_kind` (
  `kind` int(11) NOT NULL AUTO_INCREMENT,
  `name` varbinary(100) NOT NULL,
  PRIMARY KEY (`kind`),
  UNIQUE KEY `by_name` (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=binary;

CREATE TABLE `hakobi_lane` (
  `lane` int(11) NOT NULL AUTO_INCREMENT,
  `queue` int(11) NOT NULL,
  `kind` int(11) NOT NULL,
  `priority` tinyint(4) NOT NULL,
  PRIMARY KEY (`lane`),
  UNIQUE KEY `by_names` (`queue`,`kind`,`priority`)
) ENGINE=InnoDB DEFAULT CHARSET=binary;

CREATE TABLE `hakobi_owner` (
  `owner` int(11) NOT NULL AUTO_INCREMENT,
  `name` varbinary(700) NOT NULL,
  PRIMARY KEY (`owner`),
  UNIQUE KEY `by_name` (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=binary;

CREATE TABLE `hakobi_queue` (
  `queue` int(11) NOT NULL AUTO_INCREMENT,
  `name` varbinary(64) NOT NULL,
  `is_paused` tinyint(4) NOT NULL DEFAULT 0,
  PRIMARY KEY (`queue`),
  UNIQUE KEY `by_name` (`name`),
  KEY `by_pause` (`is_paused`)
) ENGINE=InnoDB DEFAULT CHARSET=binary;

CREATE TABLE `hakobi_reporter` (
  `reporter` int(11) NOT NULL AUTO_INCREMENT,
  `host` varbinary(1000) NOT NULL,
  `pid` int(11) NOT NULL,
  `generation` bigint(20) NOT NULL,
  `program_release` varbinary(1000) NOT NULL,
  PRIMARY KEY (`reporter`),
  UNIQUE KEY `by_names` (`host`,`pid`,`generation`,`program_release`)
) ENGINE=InnoDB DEFAULT CHARSET=binary;

CREATE TABLE `hakobi_schema` (
  `only_row` tinyint(4) NOT NULL,
  `version` int(11) NOT NULL,
  `oldest_reader` int(11) NOT NULL,
  `oldest_writer` int(11) NOT NULL,
  PRIMARY KEY (`only_row`)
) ENGINE=InnoDB DEFAULT CHARSET=binary;

CREATE TABLE `hakobi_tally` (
  `tally` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `lane` int(11) NOT NULL,
  `place` int(11) NOT NULL,
  `delta` bigint(20) NOT NULL,
  PRIMARY KEY (`tally`)
) ENGINE=InnoDB DEFAULT CHARSET=binary;

CREATE TABLE `hakobi_worker` (
  `name` varbinary(700) NOT NULL,
  `report` longblob NOT NULL,
  `reported` bigint(20) NOT NULL,
  PRIMARY KEY (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=binary;
