DROP INDEX "workflow_status";--> statement-breakpoint
DROP INDEX "workflow_model";--> statement-breakpoint
DROP INDEX "workflow_step_queued";--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "priority" integer DEFAULT 5 NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow" ADD COLUMN "owner" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow" ADD COLUMN "priority" integer DEFAULT 5 NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow" ADD COLUMN "held" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "workflow_step" ADD COLUMN "reminders" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE "workflow" SET "search_text" = left("search_text", 400), "name_key" = left("name_key", 100) WHERE length("search_text") > 400 OR length("name_key") > 100;--> statement-breakpoint
CREATE INDEX "workflow_archive" ON "workflow" USING btree ("status","model","id","created_at","train_accuracy","validation_accuracy","duration_ms","name_key","search_text");--> statement-breakpoint
CREATE INDEX "workflow_running" ON "workflow" USING btree ("held","owner") WHERE status = 'RUNNING';--> statement-breakpoint
CREATE INDEX "workflow_step_waiting" ON "workflow_step" USING btree ("name","queued_at") WHERE status = 'QUEUED';