//! `sealpost healthcheck`: asks `/health/ready` of a running installation; for containers.

use std::time::Duration;

use super::{Failure, Global};

pub(super) fn run(global: &Global) -> Result<(), Failure> {
    let config = global.load()?;
    let address = config.admin.listen.first();
    let address = address.ok_or_else(|| Failure::configuration("admin.listen names no address"))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(5))
            .no_proxy()
            .build()
            .map_err(Failure::failed)?;
        match client
            .get(format!("http://{address}/health/ready"))
            .send()
            .await
        {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(Failure::failed(format!("not ready: {}", answer.status()))),
            Err(_) => Err(Failure::failed(format!("nothing answers on {address}"))),
        }
    })
}
