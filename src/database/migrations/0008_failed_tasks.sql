DROP INDEX "task_result_faulty";--> statement-breakpoint
CREATE INDEX "task_result_failed" ON "task_result" USING btree ("created_at","task_id","fault") WHERE fault IS NOT NULL;