CREATE TABLE "run_call" (
	"task_id" text PRIMARY KEY NOT NULL,
	"workflow_id" integer NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "run_call" ADD CONSTRAINT "run_call_workflow_id_workflow_id_fk" FOREIGN KEY ("workflow_id") REFERENCES "public"."workflow"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "run_call_workflow" ON "run_call" USING btree ("workflow_id");