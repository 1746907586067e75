CREATE TABLE "dataset" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "dataset_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"name" text NOT NULL,
	"file_name" text NOT NULL,
	"file" text NOT NULL,
	"sha256" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"dialect" jsonb NOT NULL,
	"profile" jsonb NOT NULL,
	"search_text" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "outbox_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"step_id" integer NOT NULL,
	"message" jsonb NOT NULL,
	"due_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "task_result" (
	"task_id" text PRIMARY KEY NOT NULL,
	"workflow_id" integer NOT NULL,
	"step_id" integer NOT NULL,
	"name" text NOT NULL,
	"status" text NOT NULL,
	"worker" text,
	"args" jsonb NOT NULL,
	"kwargs" jsonb NOT NULL,
	"result" jsonb,
	"traceback" text,
	"retries" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"started_at" timestamp with time zone,
	"completed_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "training_metric" (
	"workflow_id" integer NOT NULL,
	"epoch" integer NOT NULL,
	"train_accuracy" double precision NOT NULL,
	"validation_accuracy" double precision NOT NULL,
	"train_loss" double precision NOT NULL,
	"validation_loss" double precision NOT NULL,
	CONSTRAINT "training_metric_workflow_id_epoch_pk" PRIMARY KEY("workflow_id","epoch")
);
--> statement-breakpoint
CREATE TABLE "training_result" (
	"workflow_id" integer PRIMARY KEY NOT NULL,
	"summary" jsonb NOT NULL,
	"files" jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "worker" (
	"name" text PRIMARY KEY NOT NULL,
	"host" text NOT NULL,
	"pid" integer NOT NULL,
	"queues" jsonb NOT NULL,
	"concurrency" integer NOT NULL,
	"version" text NOT NULL,
	"active" integer DEFAULT 0 NOT NULL,
	"online" boolean NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"heartbeat_at" timestamp with time zone NOT NULL,
	"stopped_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "workflow" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "workflow_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"name" text NOT NULL,
	"status" text NOT NULL,
	"dataset_id" integer NOT NULL,
	"model" text NOT NULL,
	"config" jsonb NOT NULL,
	"ignored" jsonb NOT NULL,
	"origin" jsonb,
	"created_at" timestamp with time zone NOT NULL,
	"started_at" timestamp with time zone,
	"completed_at" timestamp with time zone,
	"duration_ms" double precision,
	"train_accuracy" double precision,
	"validation_accuracy" double precision,
	"epoch" integer DEFAULT 0 NOT NULL,
	"error" jsonb,
	"version" integer DEFAULT 1 NOT NULL,
	"name_key" text NOT NULL,
	"search_text" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "workflow_file" (
	"workflow_id" integer NOT NULL,
	"step_id" integer NOT NULL,
	"name" text NOT NULL,
	"file" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"sha256" text NOT NULL,
	CONSTRAINT "workflow_file_workflow_id_step_id_name_pk" PRIMARY KEY("workflow_id","step_id","name")
);
--> statement-breakpoint
CREATE TABLE "workflow_log" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "workflow_log_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"workflow_id" integer NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"level" text NOT NULL,
	"step" text,
	"attempt" integer,
	"code" text NOT NULL,
	"params" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "workflow_step" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "workflow_step_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"workflow_id" integer NOT NULL,
	"name" text NOT NULL,
	"position" integer NOT NULL,
	"status" text NOT NULL,
	"task_id" text,
	"attempt" integer DEFAULT 0 NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"queued_at" timestamp with time zone,
	"published_at" timestamp with time zone,
	"started_at" timestamp with time zone,
	"completed_at" timestamp with time zone,
	"retry_at" timestamp with time zone,
	"lease_until" timestamp with time zone,
	"worker" text,
	"progress" jsonb,
	"params" jsonb NOT NULL,
	"result" jsonb,
	"error" jsonb,
	"checkpoint" text,
	"checkpoint_epoch" integer
);
--> statement-breakpoint
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_step_id_workflow_step_id_fk" FOREIGN KEY ("step_id") REFERENCES "public"."workflow_step"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_result" ADD CONSTRAINT "task_result_workflow_id_workflow_id_fk" FOREIGN KEY ("workflow_id") REFERENCES "public"."workflow"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_result" ADD CONSTRAINT "task_result_step_id_workflow_step_id_fk" FOREIGN KEY ("step_id") REFERENCES "public"."workflow_step"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "training_metric" ADD CONSTRAINT "training_metric_workflow_id_workflow_id_fk" FOREIGN KEY ("workflow_id") REFERENCES "public"."workflow"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "training_result" ADD CONSTRAINT "training_result_workflow_id_workflow_id_fk" FOREIGN KEY ("workflow_id") REFERENCES "public"."workflow"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow" ADD CONSTRAINT "workflow_dataset_id_dataset_id_fk" FOREIGN KEY ("dataset_id") REFERENCES "public"."dataset"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_file" ADD CONSTRAINT "workflow_file_workflow_id_workflow_id_fk" FOREIGN KEY ("workflow_id") REFERENCES "public"."workflow"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_file" ADD CONSTRAINT "workflow_file_step_id_workflow_step_id_fk" FOREIGN KEY ("step_id") REFERENCES "public"."workflow_step"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_log" ADD CONSTRAINT "workflow_log_workflow_id_workflow_id_fk" FOREIGN KEY ("workflow_id") REFERENCES "public"."workflow"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_step" ADD CONSTRAINT "workflow_step_workflow_id_workflow_id_fk" FOREIGN KEY ("workflow_id") REFERENCES "public"."workflow"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "dataset_sha256" ON "dataset" USING btree ("sha256");--> statement-breakpoint
CREATE INDEX "dataset_file" ON "dataset" USING btree ("file");--> statement-breakpoint
CREATE INDEX "outbox_due" ON "outbox" USING btree ("due_at","id");--> statement-breakpoint
CREATE INDEX "outbox_step" ON "outbox" USING btree ("step_id");--> statement-breakpoint
CREATE INDEX "task_result_workflow" ON "task_result" USING btree ("workflow_id");--> statement-breakpoint
CREATE INDEX "task_result_step" ON "task_result" USING btree ("step_id");--> statement-breakpoint
CREATE INDEX "task_result_created" ON "task_result" USING btree ("created_at","task_id");--> statement-breakpoint
CREATE INDEX "worker_heartbeat" ON "worker" USING btree ("heartbeat_at");--> statement-breakpoint
CREATE INDEX "workflow_dataset" ON "workflow" USING btree ("dataset_id");--> statement-breakpoint
CREATE INDEX "workflow_status" ON "workflow" USING btree ("status","id");--> statement-breakpoint
CREATE INDEX "workflow_model" ON "workflow" USING btree ("model","id");--> statement-breakpoint
CREATE INDEX "workflow_by_created" ON "workflow" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "workflow_by_name" ON "workflow" USING btree (name_key COLLATE "C","id");--> statement-breakpoint
CREATE INDEX "workflow_by_train_accuracy_down" ON "workflow" USING btree (coalesce(train_accuracy, '-Infinity'::float8),"id");--> statement-breakpoint
CREATE INDEX "workflow_by_train_accuracy_up" ON "workflow" USING btree (coalesce(train_accuracy, 'Infinity'::float8),"id");--> statement-breakpoint
CREATE INDEX "workflow_by_validation_accuracy_down" ON "workflow" USING btree (coalesce(validation_accuracy, '-Infinity'::float8),"id");--> statement-breakpoint
CREATE INDEX "workflow_by_validation_accuracy_up" ON "workflow" USING btree (coalesce(validation_accuracy, 'Infinity'::float8),"id");--> statement-breakpoint
CREATE INDEX "workflow_by_duration_ms_down" ON "workflow" USING btree (coalesce(duration_ms, '-Infinity'::float8),"id");--> statement-breakpoint
CREATE INDEX "workflow_by_duration_ms_up" ON "workflow" USING btree (coalesce(duration_ms, 'Infinity'::float8),"id");--> statement-breakpoint
CREATE INDEX "workflow_file_file" ON "workflow_file" USING btree ("file");--> statement-breakpoint
CREATE INDEX "workflow_log_workflow" ON "workflow_log" USING btree ("workflow_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "workflow_step_position" ON "workflow_step" USING btree ("workflow_id","position");--> statement-breakpoint
CREATE INDEX "workflow_step_lease" ON "workflow_step" USING btree ("lease_until") WHERE status = 'RUNNING';--> statement-breakpoint
CREATE INDEX "workflow_step_queued" ON "workflow_step" USING btree ("published_at") WHERE status = 'QUEUED';--> statement-breakpoint
CREATE INDEX "workflow_step_worker" ON "workflow_step" USING btree ("worker") WHERE status = 'RUNNING';--> statement-breakpoint
CREATE INDEX "workflow_step_checkpoint" ON "workflow_step" USING btree ("checkpoint") WHERE checkpoint IS NOT NULL;