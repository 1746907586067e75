// Made by scripts/make-migrations.mjs from the SQL files beside it.
export const migrations: readonly { name: string; statements: readonly string[] }[] = [
  {
    "name": "0000_tables",
    "statements": [
      "CREATE TABLE \"dataset\" (\n\t\"id\" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name \"dataset_id_seq\" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),\n\t\"name\" text NOT NULL,\n\t\"file_name\" text NOT NULL,\n\t\"file\" text NOT NULL,\n\t\"sha256\" text NOT NULL,\n\t\"size_bytes\" bigint NOT NULL,\n\t\"created_at\" timestamp with time zone NOT NULL,\n\t\"dialect\" jsonb NOT NULL,\n\t\"profile\" jsonb NOT NULL,\n\t\"search_text\" text NOT NULL\n);",
      "CREATE TABLE \"outbox\" (\n\t\"id\" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name \"outbox_id_seq\" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),\n\t\"step_id\" integer NOT NULL,\n\t\"message\" jsonb NOT NULL,\n\t\"due_at\" timestamp with time zone NOT NULL\n);",
      "CREATE TABLE \"task_result\" (\n\t\"task_id\" text PRIMARY KEY NOT NULL,\n\t\"workflow_id\" integer NOT NULL,\n\t\"step_id\" integer NOT NULL,\n\t\"name\" text NOT NULL,\n\t\"status\" text NOT NULL,\n\t\"worker\" text,\n\t\"args\" jsonb NOT NULL,\n\t\"kwargs\" jsonb NOT NULL,\n\t\"result\" jsonb,\n\t\"traceback\" text,\n\t\"retries\" integer DEFAULT 0 NOT NULL,\n\t\"created_at\" timestamp with time zone NOT NULL,\n\t\"started_at\" timestamp with time zone,\n\t\"completed_at\" timestamp with time zone\n);",
      "CREATE TABLE \"training_metric\" (\n\t\"workflow_id\" integer NOT NULL,\n\t\"epoch\" integer NOT NULL,\n\t\"train_accuracy\" double precision NOT NULL,\n\t\"validation_accuracy\" double precision NOT NULL,\n\t\"train_loss\" double precision NOT NULL,\n\t\"validation_loss\" double precision NOT NULL,\n\tCONSTRAINT \"training_metric_workflow_id_epoch_pk\" PRIMARY KEY(\"workflow_id\",\"epoch\")\n);",
      "CREATE TABLE \"training_result\" (\n\t\"workflow_id\" integer PRIMARY KEY NOT NULL,\n\t\"summary\" jsonb NOT NULL,\n\t\"files\" jsonb NOT NULL,\n\t\"created_at\" timestamp with time zone NOT NULL\n);",
      "CREATE TABLE \"worker\" (\n\t\"name\" text PRIMARY KEY NOT NULL,\n\t\"host\" text NOT NULL,\n\t\"pid\" integer NOT NULL,\n\t\"queues\" jsonb NOT NULL,\n\t\"concurrency\" integer NOT NULL,\n\t\"version\" text NOT NULL,\n\t\"active\" integer DEFAULT 0 NOT NULL,\n\t\"online\" boolean NOT NULL,\n\t\"started_at\" timestamp with time zone NOT NULL,\n\t\"heartbeat_at\" timestamp with time zone NOT NULL,\n\t\"stopped_at\" timestamp with time zone\n);",
      "CREATE TABLE \"workflow\" (\n\t\"id\" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name \"workflow_id_seq\" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),\n\t\"name\" text NOT NULL,\n\t\"status\" text NOT NULL,\n\t\"dataset_id\" integer NOT NULL,\n\t\"model\" text NOT NULL,\n\t\"config\" jsonb NOT NULL,\n\t\"ignored\" jsonb NOT NULL,\n\t\"origin\" jsonb,\n\t\"created_at\" timestamp with time zone NOT NULL,\n\t\"started_at\" timestamp with time zone,\n\t\"completed_at\" timestamp with time zone,\n\t\"duration_ms\" double precision,\n\t\"train_accuracy\" double precision,\n\t\"validation_accuracy\" double precision,\n\t\"epoch\" integer DEFAULT 0 NOT NULL,\n\t\"error\" jsonb,\n\t\"version\" integer DEFAULT 1 NOT NULL,\n\t\"name_key\" text NOT NULL,\n\t\"search_text\" text NOT NULL\n);",
      "CREATE TABLE \"workflow_file\" (\n\t\"workflow_id\" integer NOT NULL,\n\t\"step_id\" integer NOT NULL,\n\t\"name\" text NOT NULL,\n\t\"file\" text NOT NULL,\n\t\"size_bytes\" bigint NOT NULL,\n\t\"sha256\" text NOT NULL,\n\tCONSTRAINT \"workflow_file_workflow_id_step_id_name_pk\" PRIMARY KEY(\"workflow_id\",\"step_id\",\"name\")\n);",
      "CREATE TABLE \"workflow_log\" (\n\t\"id\" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name \"workflow_log_id_seq\" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),\n\t\"workflow_id\" integer NOT NULL,\n\t\"at\" timestamp with time zone NOT NULL,\n\t\"level\" text NOT NULL,\n\t\"step\" text,\n\t\"attempt\" integer,\n\t\"code\" text NOT NULL,\n\t\"params\" jsonb NOT NULL\n);",
      "CREATE TABLE \"workflow_step\" (\n\t\"id\" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name \"workflow_step_id_seq\" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),\n\t\"workflow_id\" integer NOT NULL,\n\t\"name\" text NOT NULL,\n\t\"position\" integer NOT NULL,\n\t\"status\" text NOT NULL,\n\t\"task_id\" text,\n\t\"attempt\" integer DEFAULT 0 NOT NULL,\n\t\"failures\" integer DEFAULT 0 NOT NULL,\n\t\"queued_at\" timestamp with time zone,\n\t\"published_at\" timestamp with time zone,\n\t\"started_at\" timestamp with time zone,\n\t\"completed_at\" timestamp with time zone,\n\t\"retry_at\" timestamp with time zone,\n\t\"lease_until\" timestamp with time zone,\n\t\"worker\" text,\n\t\"progress\" jsonb,\n\t\"params\" jsonb NOT NULL,\n\t\"result\" jsonb,\n\t\"error\" jsonb,\n\t\"checkpoint\" text,\n\t\"checkpoint_epoch\" integer\n);",
      "ALTER TABLE \"outbox\" ADD CONSTRAINT \"outbox_step_id_workflow_step_id_fk\" FOREIGN KEY (\"step_id\") REFERENCES \"workflow_step\"(\"id\") ON DELETE cascade ON UPDATE no action;",
      "ALTER TABLE \"task_result\" ADD CONSTRAINT \"task_result_workflow_id_workflow_id_fk\" FOREIGN KEY (\"workflow_id\") REFERENCES \"workflow\"(\"id\") ON DELETE cascade ON UPDATE no action;",
      "ALTER TABLE \"task_result\" ADD CONSTRAINT \"task_result_step_id_workflow_step_id_fk\" FOREIGN KEY (\"step_id\") REFERENCES \"workflow_step\"(\"id\") ON DELETE cascade ON UPDATE no action;",
      "ALTER TABLE \"training_metric\" ADD CONSTRAINT \"training_metric_workflow_id_workflow_id_fk\" FOREIGN KEY (\"workflow_id\") REFERENCES \"workflow\"(\"id\") ON DELETE cascade ON UPDATE no action;",
      "ALTER TABLE \"training_result\" ADD CONSTRAINT \"training_result_workflow_id_workflow_id_fk\" FOREIGN KEY (\"workflow_id\") REFERENCES \"workflow\"(\"id\") ON DELETE cascade ON UPDATE no action;",
      "ALTER TABLE \"workflow\" ADD CONSTRAINT \"workflow_dataset_id_dataset_id_fk\" FOREIGN KEY (\"dataset_id\") REFERENCES \"dataset\"(\"id\") ON DELETE no action ON UPDATE no action;",
      "ALTER TABLE \"workflow_file\" ADD CONSTRAINT \"workflow_file_workflow_id_workflow_id_fk\" FOREIGN KEY (\"workflow_id\") REFERENCES \"workflow\"(\"id\") ON DELETE cascade ON UPDATE no action;",
      "ALTER TABLE \"workflow_file\" ADD CONSTRAINT \"workflow_file_step_id_workflow_step_id_fk\" FOREIGN KEY (\"step_id\") REFERENCES \"workflow_step\"(\"id\") ON DELETE cascade ON UPDATE no action;",
      "ALTER TABLE \"workflow_log\" ADD CONSTRAINT \"workflow_log_workflow_id_workflow_id_fk\" FOREIGN KEY (\"workflow_id\") REFERENCES \"workflow\"(\"id\") ON DELETE cascade ON UPDATE no action;",
      "ALTER TABLE \"workflow_step\" ADD CONSTRAINT \"workflow_step_workflow_id_workflow_id_fk\" FOREIGN KEY (\"workflow_id\") REFERENCES \"workflow\"(\"id\") ON DELETE cascade ON UPDATE no action;",
      "CREATE UNIQUE INDEX \"dataset_sha256\" ON \"dataset\" USING btree (\"sha256\");",
      "CREATE INDEX \"dataset_file\" ON \"dataset\" USING btree (\"file\");",
      "CREATE INDEX \"outbox_due\" ON \"outbox\" USING btree (\"due_at\",\"id\");",
      "CREATE INDEX \"outbox_step\" ON \"outbox\" USING btree (\"step_id\");",
      "CREATE INDEX \"task_result_workflow\" ON \"task_result\" USING btree (\"workflow_id\");",
      "CREATE INDEX \"task_result_step\" ON \"task_result\" USING btree (\"step_id\");",
      "CREATE INDEX \"task_result_created\" ON \"task_result\" USING btree (\"created_at\",\"task_id\");",
      "CREATE INDEX \"worker_heartbeat\" ON \"worker\" USING btree (\"heartbeat_at\");",
      "CREATE INDEX \"workflow_dataset\" ON \"workflow\" USING btree (\"dataset_id\");",
      "CREATE INDEX \"workflow_status\" ON \"workflow\" USING btree (\"status\",\"id\");",
      "CREATE INDEX \"workflow_model\" ON \"workflow\" USING btree (\"model\",\"id\");",
      "CREATE INDEX \"workflow_by_created\" ON \"workflow\" USING btree (\"created_at\",\"id\");",
      "CREATE INDEX \"workflow_by_name\" ON \"workflow\" USING btree (name_key COLLATE \"C\",\"id\");",
      "CREATE INDEX \"workflow_by_train_accuracy_down\" ON \"workflow\" USING btree (coalesce(train_accuracy, '-Infinity'::float8),\"id\");",
      "CREATE INDEX \"workflow_by_train_accuracy_up\" ON \"workflow\" USING btree (coalesce(train_accuracy, 'Infinity'::float8),\"id\");",
      "CREATE INDEX \"workflow_by_validation_accuracy_down\" ON \"workflow\" USING btree (coalesce(validation_accuracy, '-Infinity'::float8),\"id\");",
      "CREATE INDEX \"workflow_by_validation_accuracy_up\" ON \"workflow\" USING btree (coalesce(validation_accuracy, 'Infinity'::float8),\"id\");",
      "CREATE INDEX \"workflow_by_duration_ms_down\" ON \"workflow\" USING btree (coalesce(duration_ms, '-Infinity'::float8),\"id\");",
      "CREATE INDEX \"workflow_by_duration_ms_up\" ON \"workflow\" USING btree (coalesce(duration_ms, 'Infinity'::float8),\"id\");",
      "CREATE INDEX \"workflow_file_file\" ON \"workflow_file\" USING btree (\"file\");",
      "CREATE INDEX \"workflow_log_workflow\" ON \"workflow_log\" USING btree (\"workflow_id\",\"id\");",
      "CREATE UNIQUE INDEX \"workflow_step_position\" ON \"workflow_step\" USING btree (\"workflow_id\",\"position\");",
      "CREATE INDEX \"workflow_step_lease\" ON \"workflow_step\" USING btree (\"lease_until\") WHERE status = 'RUNNING';",
      "CREATE INDEX \"workflow_step_queued\" ON \"workflow_step\" USING btree (\"published_at\") WHERE status = 'QUEUED';",
      "CREATE INDEX \"workflow_step_worker\" ON \"workflow_step\" USING btree (\"worker\") WHERE status = 'RUNNING';",
      "CREATE INDEX \"workflow_step_checkpoint\" ON \"workflow_step\" USING btree (\"checkpoint\") WHERE checkpoint IS NOT NULL;"
    ]
  },
  {
    "name": "0001_fair_use_and_archive",
    "statements": [
      "DROP INDEX \"workflow_status\";",
      "DROP INDEX \"workflow_model\";",
      "DROP INDEX \"workflow_step_queued\";",
      "ALTER TABLE \"outbox\" ADD COLUMN \"priority\" integer DEFAULT 5 NOT NULL;",
      "ALTER TABLE \"workflow\" ADD COLUMN \"owner\" text DEFAULT '' NOT NULL;",
      "ALTER TABLE \"workflow\" ADD COLUMN \"priority\" integer DEFAULT 5 NOT NULL;",
      "ALTER TABLE \"workflow\" ADD COLUMN \"held\" boolean DEFAULT false NOT NULL;",
      "ALTER TABLE \"workflow_step\" ADD COLUMN \"reminders\" integer DEFAULT 0 NOT NULL;",
      "UPDATE \"workflow\" SET \"search_text\" = left(\"search_text\", 400), \"name_key\" = left(\"name_key\", 100) WHERE length(\"search_text\") > 400 OR length(\"name_key\") > 100;",
      "CREATE INDEX \"workflow_archive\" ON \"workflow\" USING btree (\"status\",\"model\",\"id\",\"created_at\",\"train_accuracy\",\"validation_accuracy\",\"duration_ms\",\"name_key\",\"search_text\");",
      "CREATE INDEX \"workflow_running\" ON \"workflow\" USING btree (\"held\",\"owner\") WHERE status = 'RUNNING';",
      "CREATE INDEX \"workflow_step_waiting\" ON \"workflow_step\" USING btree (\"name\",\"queued_at\") WHERE status = 'QUEUED';"
    ]
  },
  {
    "name": "0002_sort_by_status",
    "statements": [
      "DROP INDEX \"workflow_by_created\";",
      "DROP INDEX \"workflow_by_name\";",
      "DROP INDEX \"workflow_by_train_accuracy_down\";",
      "DROP INDEX \"workflow_by_train_accuracy_up\";",
      "DROP INDEX \"workflow_by_validation_accuracy_down\";",
      "DROP INDEX \"workflow_by_validation_accuracy_up\";",
      "DROP INDEX \"workflow_by_duration_ms_down\";",
      "DROP INDEX \"workflow_by_duration_ms_up\";",
      "CREATE INDEX \"workflow_by_created\" ON \"workflow\" USING btree (\"status\",\"created_at\",\"id\");",
      "CREATE INDEX \"workflow_by_name\" ON \"workflow\" USING btree (\"status\",name_key COLLATE \"C\",\"id\");",
      "CREATE INDEX \"workflow_by_train_accuracy_down\" ON \"workflow\" USING btree (\"status\",coalesce(train_accuracy, '-Infinity'::float8),\"id\");",
      "CREATE INDEX \"workflow_by_train_accuracy_up\" ON \"workflow\" USING btree (\"status\",coalesce(train_accuracy, 'Infinity'::float8),\"id\");",
      "CREATE INDEX \"workflow_by_validation_accuracy_down\" ON \"workflow\" USING btree (\"status\",coalesce(validation_accuracy, '-Infinity'::float8),\"id\");",
      "CREATE INDEX \"workflow_by_validation_accuracy_up\" ON \"workflow\" USING btree (\"status\",coalesce(validation_accuracy, 'Infinity'::float8),\"id\");",
      "CREATE INDEX \"workflow_by_duration_ms_down\" ON \"workflow\" USING btree (\"status\",coalesce(duration_ms, '-Infinity'::float8),\"id\");",
      "CREATE INDEX \"workflow_by_duration_ms_up\" ON \"workflow\" USING btree (\"status\",coalesce(duration_ms, 'Infinity'::float8),\"id\");"
    ]
  },
  {
    "name": "0003_operations",
    "statements": [
      "CREATE TABLE \"queue_sample\" (\n\t\"queue\" text NOT NULL,\n\t\"at\" timestamp with time zone NOT NULL,\n\t\"ready\" integer NOT NULL,\n\t\"unacked\" integer NOT NULL,\n\t\"consumers\" integer NOT NULL,\n\t\"publish_rate\" double precision,\n\t\"ack_rate\" double precision,\n\t\"oldest_wait_ms\" double precision,\n\tCONSTRAINT \"queue_sample_queue_at_pk\" PRIMARY KEY(\"queue\",\"at\")\n);",
      "CREATE TABLE \"webhook_delivery\" (\n\t\"id\" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name \"webhook_delivery_id_seq\" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),\n\t\"key\" text NOT NULL,\n\t\"event\" text NOT NULL,\n\t\"url\" text NOT NULL,\n\t\"payload\" jsonb NOT NULL,\n\t\"created_at\" timestamp with time zone NOT NULL,\n\t\"due_at\" timestamp with time zone,\n\t\"attempts\" integer DEFAULT 0 NOT NULL,\n\t\"delivered_at\" timestamp with time zone,\n\t\"last_status\" integer,\n\t\"last_error\" text\n);",
      "CREATE TABLE \"worker_command\" (\n\t\"id\" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name \"worker_command_id_seq\" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),\n\t\"worker\" text NOT NULL,\n\t\"action\" text NOT NULL,\n\t\"params\" jsonb NOT NULL,\n\t\"asked_at\" timestamp with time zone NOT NULL,\n\t\"answered_at\" timestamp with time zone,\n\t\"ok\" boolean,\n\t\"answer\" text\n);",
      "CREATE TABLE \"worker_sample\" (\n\t\"worker\" text NOT NULL,\n\t\"at\" timestamp with time zone NOT NULL,\n\t\"active\" integer NOT NULL,\n\t\"slots\" integer NOT NULL,\n\t\"processed\" integer NOT NULL,\n\t\"failed\" integer NOT NULL,\n\t\"retried\" integer NOT NULL,\n\t\"load\" double precision,\n\t\"memory_bytes\" bigint,\n\t\"children_bytes\" bigint,\n\tCONSTRAINT \"worker_sample_worker_at_pk\" PRIMARY KEY(\"worker\",\"at\")\n);",
      "ALTER TABLE \"worker\" ADD COLUMN \"instance\" text DEFAULT '' NOT NULL;",
      "ALTER TABLE \"worker\" ADD COLUMN \"draining\" boolean DEFAULT false NOT NULL;",
      "ALTER TABLE \"worker\" ADD COLUMN \"processed\" integer DEFAULT 0 NOT NULL;",
      "ALTER TABLE \"worker\" ADD COLUMN \"failed\" integer DEFAULT 0 NOT NULL;",
      "ALTER TABLE \"worker\" ADD COLUMN \"retried\" integer DEFAULT 0 NOT NULL;",
      "ALTER TABLE \"worker\" ADD COLUMN \"load\" jsonb;",
      "ALTER TABLE \"worker\" ADD COLUMN \"memory_bytes\" bigint;",
      "ALTER TABLE \"worker\" ADD COLUMN \"children_bytes\" bigint;",
      "ALTER TABLE \"worker\" ADD COLUMN \"clock_drift_ms\" double precision;",
      "CREATE INDEX \"queue_sample_at\" ON \"queue_sample\" USING btree (\"at\");",
      "CREATE UNIQUE INDEX \"webhook_delivery_key\" ON \"webhook_delivery\" USING btree (\"key\");",
      "CREATE INDEX \"webhook_delivery_due\" ON \"webhook_delivery\" USING btree (\"due_at\");",
      "CREATE INDEX \"worker_command_worker\" ON \"worker_command\" USING btree (\"worker\",\"id\");",
      "CREATE INDEX \"worker_command_open\" ON \"worker_command\" USING btree (\"worker\") WHERE answered_at IS NULL;",
      "CREATE INDEX \"worker_sample_at\" ON \"worker_sample\" USING btree (\"at\");"
    ]
  },
  {
    "name": "0004_metrics_and_traces",
    "statements": [
      "CREATE TABLE \"log_reader\" (\n\t\"reader\" text PRIMARY KEY NOT NULL,\n\t\"position\" bigint NOT NULL,\n\t\"totals\" jsonb NOT NULL\n);",
      "ALTER TABLE \"workflow\" ADD COLUMN \"traceparent\" text;"
    ]
  },
  {
    "name": "0005_worker_rivals",
    "statements": [
      "DROP INDEX \"worker_heartbeat\";",
      "ALTER TABLE \"worker\" ADD COLUMN \"rival\" jsonb;",
      "ALTER TABLE \"worker\" ADD COLUMN \"rival_at\" timestamp with time zone;"
    ]
  },
  {
    "name": "0006_task_faults",
    "statements": [
      "ALTER TABLE \"task_result\" ADD COLUMN \"fault\" text GENERATED ALWAYS AS (CASE status WHEN 'FAILURE' THEN coalesce(result ->> 'code', 'INTERNAL') WHEN 'REVOKED' THEN 'CANCELLED' END) STORED;",
      "CREATE INDEX \"task_result_fault\" ON \"task_result\" USING btree (\"fault\",\"created_at\",\"task_id\") WHERE fault IS NOT NULL;",
      "CREATE INDEX \"task_result_faulty\" ON \"task_result\" USING btree (\"created_at\",\"task_id\") WHERE fault IS NOT NULL;"
    ]
  },
  {
    "name": "0007_run_calls",
    "statements": [
      "CREATE TABLE \"run_call\" (\n\t\"task_id\" text PRIMARY KEY NOT NULL,\n\t\"workflow_id\" integer NOT NULL,\n\t\"created_at\" timestamp with time zone NOT NULL\n);",
      "ALTER TABLE \"run_call\" ADD CONSTRAINT \"run_call_workflow_id_workflow_id_fk\" FOREIGN KEY (\"workflow_id\") REFERENCES \"workflow\"(\"id\") ON DELETE cascade ON UPDATE no action;",
      "CREATE INDEX \"run_call_workflow\" ON \"run_call\" USING btree (\"workflow_id\");"
    ]
  },
  {
    "name": "0008_failed_tasks",
    "statements": [
      "DROP INDEX \"task_result_faulty\";",
      "CREATE INDEX \"task_result_failed\" ON \"task_result\" USING btree (\"created_at\",\"task_id\",\"fault\") WHERE fault IS NOT NULL;"
    ]
  }
];
