using Microsoft.Data.Sqlite;

namespace Donations.Server.Storage;

/// <summary>What follows from the units of work of one commit, done once for all of them in their transaction.</summary>
internal interface ICommitStep
{
    /// <summary>Makes what the step needs on the writer's connection, such as a temporary table, before anything is written.</summary>
    void Prepare(SqliteConnection connection);

    /// <summary>Runs after the last unit of a batch and before its commit. What it throws undoes the batch, whose units are then run one by one.</summary>
    void Run(SqliteConnection connection);
}
