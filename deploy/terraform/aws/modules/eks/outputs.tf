output "cluster_name" {
  value = aws_eks_cluster.this.name
}

output "security_group_id" {
  description = "Of nodes and pods."
  value       = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
}

output "service_cidr" {
  description = "Where the API server is found by pods."
  value       = aws_eks_cluster.this.kubernetes_network_config[0].service_ipv4_cidr
}

output "oidc_provider_arn" {
  value = aws_iam_openid_connect_provider.this.arn
}

output "oidc_issuer" {
  value = local.issuer
}
