CREATE TABLE "log_reader" (
	"reader" text PRIMARY KEY NOT NULL,
	"position" bigint NOT NULL,
	"totals" jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "workflow" ADD COLUMN "traceparent" text;