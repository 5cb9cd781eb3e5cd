output "chart_values" {
  description = "Values of deploy/helm/aieco: terraform output -json chart_values > values-aws.json"
  value = {
    stores = {
      lake       = "s3://${module.s3.data_bucket}/lake"
      lancedb    = "s3://${module.s3.data_bucket}/lancedb"
      artifacts  = "s3://${module.s3.data_bucket}/artifacts"
      logsBucket = module.s3.logs_bucket
      region     = var.region
    }
    serviceAccounts = {
      dagster = { annotations = { "eks.amazonaws.com/role-arn" = module.iam.role_arns["dagster"] } }
      graph   = { annotations = { "eks.amazonaws.com/role-arn" = module.iam.role_arns["graph"] } }
      mlflow  = { annotations = { "eks.amazonaws.com/role-arn" = module.iam.role_arns["mlflow"] } }
      service = { annotations = { "eks.amazonaws.com/role-arn" = module.iam.role_arns["service"] } }
    }
    network = {
      postgres      = { cidrs = [data.aws_vpc.this.cidr_block], port = module.rds.port }
      kubernetesApi = { cidrs = [data.aws_vpc.this.cidr_block, module.eks.service_cidr], ports = [443] }
    }
  }
}

output "database_host" {
  description = "Of AIECO_POSTGRES_URL: postgresql://aieco:PASSWORD@HOST:5432/aieco?sslmode=require"
  value       = module.rds.host
}

output "database_secret_arn" {
  description = "Secrets Manager: the password."
  value       = module.rds.secret_arn
}

output "kubeconfig" {
  description = "The command by which kubectl finds the cluster."
  value       = "aws eks update-kubeconfig --region ${var.region} --name ${module.eks.cluster_name}"
}
