CREATE TABLE "queue_sample" (
	"queue" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"ready" integer NOT NULL,
	"unacked" integer NOT NULL,
	"consumers" integer NOT NULL,
	"publish_rate" double precision,
	"ack_rate" double precision,
	"oldest_wait_ms" double precision,
	CONSTRAINT "queue_sample_queue_at_pk" PRIMARY KEY("queue","at")
);
--> statement-breakpoint
CREATE TABLE "webhook_delivery" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "webhook_delivery_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"key" text NOT NULL,
	"event" text NOT NULL,
	"url" text NOT NULL,
	"payload" jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"due_at" timestamp with time zone,
	"attempts" integer DEFAULT 0 NOT NULL,
	"delivered_at" timestamp with time zone,
	"last_status" integer,
	"last_error" text
);
--> statement-breakpoint
CREATE TABLE "worker_command" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "worker_command_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"worker" text NOT NULL,
	"action" text NOT NULL,
	"params" jsonb NOT NULL,
	"asked_at" timestamp with time zone NOT NULL,
	"answered_at" timestamp with time zone,
	"ok" boolean,
	"answer" text
);
--> statement-breakpoint
CREATE TABLE "worker_sample" (
	"worker" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"active" integer NOT NULL,
	"slots" integer NOT NULL,
	"processed" integer NOT NULL,
	"failed" integer NOT NULL,
	"retried" integer NOT NULL,
	"load" double precision,
	"memory_bytes" bigint,
	"children_bytes" bigint,
	CONSTRAINT "worker_sample_worker_at_pk" PRIMARY KEY("worker","at")
);
--> statement-breakpoint
ALTER TABLE "worker" ADD COLUMN "instance" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "worker" ADD COLUMN "draining" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "worker" ADD COLUMN "processed" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "worker" ADD COLUMN "failed" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "worker" ADD COLUMN "retried" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "worker" ADD COLUMN "load" jsonb;--> statement-breakpoint
ALTER TABLE "worker" ADD COLUMN "memory_bytes" bigint;--> statement-breakpoint
ALTER TABLE "worker" ADD COLUMN "children_bytes" bigint;--> statement-breakpoint
ALTER TABLE "worker" ADD COLUMN "clock_drift_ms" double precision;--> statement-breakpoint
CREATE INDEX "queue_sample_at" ON "queue_sample" USING btree ("at");--> statement-breakpoint
CREATE UNIQUE INDEX "webhook_delivery_key" ON "webhook_delivery" USING btree ("key");--> statement-breakpoint
CREATE INDEX "webhook_delivery_due" ON "webhook_delivery" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "worker_command_worker" ON "worker_command" USING btree ("worker","id");--> statement-breakpoint
CREATE INDEX "worker_command_open" ON "worker_command" USING btree ("worker") WHERE answered_at IS NULL;--> statement-breakpoint
CREATE INDEX "worker_sample_at" ON "worker_sample" USING btree ("at");