"""The two kinds of endpoints, both run in the bounded thread pool, and their path parameters."""

from functools import partial
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import PathParameter

read = partial(get, sync_to_thread=True)
write = partial(post, sync_to_thread=True)
ProjectId = Annotated[UUID, PathParameter(description="The project")]
ActivityId = Annotated[UUID, PathParameter(description="The activity")]
ParticipantId = Annotated[UUID, PathParameter(description="The participant")]
OutputId = Annotated[UUID, PathParameter(description="The output")]
ClaimId = Annotated[UUID, PathParameter(description="The claim")]
DocumentId = Annotated[UUID, PathParameter(description="The document")]
StreamId = Annotated[UUID, PathParameter(description="The record")]
