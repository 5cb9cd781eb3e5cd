# What the production value set of deploy/helm/aieco stands on: a cluster, a Postgres, two buckets, roles and a key.
# `terraform output -json chart_values` is a values file for the chart.

data "aws_vpc" "this" {
  id = var.vpc_id
}

module "kms" {
  source = "./modules/kms"
  name   = var.name
}

module "s3" {
  source  = "./modules/s3"
  name    = var.name
  key_arn = module.kms.key_arn
}

module "eks" {
  source              = "./modules/eks"
  name                = var.name
  kubernetes_version  = var.kubernetes_version
  subnet_ids          = var.private_subnet_ids
  key_arn             = module.kms.key_arn
  administrators      = var.administrators
  public_access_cidrs = var.public_access_cidrs
  nodes               = var.nodes
  gpu_nodes           = var.gpu_nodes
}

module "rds" {
  source           = "./modules/rds"
  name             = var.name
  vpc_id           = var.vpc_id
  subnet_ids       = var.private_subnet_ids
  client_group_id  = module.eks.security_group_id
  key_arn          = module.kms.key_arn
  database         = var.database
  password_version = var.database_password_version
}

module "iam" {
  source             = "./modules/iam"
  name               = var.name
  namespace          = var.namespace
  oidc_provider_arn  = module.eks.oidc_provider_arn
  oidc_issuer        = module.eks.oidc_issuer
  data_bucket_arn    = module.s3.data_bucket_arn
  logs_bucket_arn    = module.s3.logs_bucket_arn
  source_bucket_arns = var.source_bucket_arns
  key_arn            = module.kms.key_arn
}
