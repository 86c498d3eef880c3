//! How transactions end: whatever becomes of one, the next one on the same connection begins anew.

use diesel_async::SimpleAsyncConnection as _;
use futures_util::FutureExt as _;
use lectern::db::Access;
use lectern::error::{Code, Error};

use crate::support::{Options, TestServer};

#[tokio::test]
async fn no_transaction_is_left_open() {
    let server = TestServer::start_as(Options { pool: 1, ..Options::default() }).await;
    let (db, tenant, watcher) = (&server.state.db, Some(server.tenant), server.database.owner().await);
    for access in [Access::Read, Access::Write, Access::Snapshot] {
        let refused = db.transaction(access, tenant, |_| async { Err::<(), _>(Error::new(Code::NotFound)) }.boxed());
        assert_eq!(refused.await.unwrap_err().code, Code::NotFound);
        server.database.until_idle(&watcher).await;
        let failed =
            db.transaction(access, tenant, |conn| async move { Ok(conn.batch_execute("SELECT 1 / 0").await?) }.boxed());
        assert_eq!(failed.await.unwrap_err().code, Code::Internal);
        server.database.until_idle(&watcher).await;
        let broken = db.transaction(access, tenant, |conn| {
            async move {
                conn.batch_execute("SELECT 1").await?;
                assert_eq!(1, 2, "in the middle of it");
                Ok(())
            }
            .boxed()
        });
        assert_eq!(broken.await.unwrap_err().code, Code::Internal);
        server.database.until_idle(&watcher).await;
        db.transaction(access, tenant, |conn| async move { Ok(conn.batch_execute("SELECT 1").await?) }.boxed())
            .await
            .unwrap();
        server.database.until_idle(&watcher).await;
    }
}
